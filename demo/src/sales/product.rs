//! What a distributor sells, and when each of it sells.

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};
use uuid::Uuid;

use super::{
    Distributor,
    days::HISTORY_DAYS,
    places::{MAKERS, styles},
    stock::Supplier,
};
use crate::{
    copy::{Money, Rows},
    random::Random,
};

/// How a product sells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Fast,
    /// On Mondays and Tuesdays.
    Weekday,
    Summer,
    Winter,
    Slow,
    Intermittent,
    /// Not for a year.
    Dead,
    /// For some days.
    New,
    /// For some weeks.
    Recent,
    /// No longer on offer.
    Inactive,
}

use Kind::{Dead, Fast, Inactive, Intermittent, New, Recent, Slow, Summer, Weekday, Winter};

/// Of which there is one of each kind before any is there twice as often.
#[rustfmt::skip]
const KINDS: [Kind; 25] = [
    Fast, Slow, Summer, Fast, Intermittent, Weekday, Fast, Winter, Slow, Dead, Fast, Recent, New,
    Slow, Inactive, Fast, Intermittent, Slow, Fast, Weekday, Summer, Slow, Dead, Fast, Winter,
];

#[derive(Debug, Clone, Copy)]
pub struct Product {
    pub id: Uuid,
    pub number: u32,
    pub kind: Kind,
    pub price: Money,
    /// How many days ago it came into the range.
    pub age_days: i64,
    pub supplier: Option<Uuid>,
}

impl Product {
    fn draw(number: u32, suppliers: &[Supplier], random: &mut Random) -> Self {
        let kind = KINDS[number as usize % KINDS.len()];
        Self {
            id: random.id(),
            number,
            kind,
            price: Money(random.between(5, 40) as i32 * 100 + random.one_of(&[0, 50, 90])),
            age_days: match kind {
                New => random.between(5, 12),
                Recent => random.between(25, 70),
                _ => HISTORY_DAYS,
            },
            supplier: (number % 13 != 12).then(|| random.one_of(suppliers).id),
        }
    }

    /// How often it is taken from the shelf, beside the others.
    fn weight(self) -> usize {
        match self.kind {
            Fast => 10,
            Weekday | Summer | Winter => 4,
            Slow | New | Recent | Inactive => 2,
            Intermittent | Dead => 1,
        }
    }

    fn sells(self, ago: i64, date: NaiveDate) -> bool {
        match self.kind {
            Fast | Slow | Intermittent => true,
            Weekday => date.weekday().number_from_monday() <= 2,
            Summer => (4..=9).contains(&date.month()),
            Winter => [11, 12, 1].contains(&date.month()),
            Dead => ago > 400,
            Inactive => ago > 60,
            New | Recent => ago < self.age_days,
        }
    }

    /// Every category has several products of several kinds, but for Vermouth. Some products have none.
    fn category(self) -> Option<&'static str> {
        match (self.number, self.kind) {
            (3, _) => Some("Vermouth"),
            (number, _) if number % 19 == 17 => None,
            (number, _) if number % 23 == 21 => Some(""),
            (_, Summer) => Some("Rosé"),
            (_, Winter) => Some("Spirits"),
            (number, _) => Some(["Red", "White", "Sparkling", "Beer"][number as usize % 4]),
        }
    }

    fn name(self) -> String {
        let number = self.number as usize;
        let style = styles(self.category())[number / 3 % 4];
        format!("{} {style}", MAKERS[number % MAKERS.len()])
    }

    fn code(self) -> String {
        format!("SKU-{:05}", self.number + 1)
    }
}

/// All products of a distributor.
pub struct Shelf {
    pub products: Vec<Product>,
    /// Places in `products`, each as often as it sells.
    by_weight: Vec<u32>,
}

impl Shelf {
    pub fn draw(number: u32, suppliers: &[Supplier], random: &mut Random) -> Self {
        let products: Vec<_> = (0..number)
            .map(|number| Product::draw(number, suppliers, random))
            .collect();
        let by_weight = products
            .iter()
            .flat_map(|product| std::iter::repeat_n(product.number, product.weight()))
            .collect();
        Self { products, by_weight }
    }

    /// What a customer usually buys.
    pub fn usual(&self, number: u32, random: &mut Random) -> Vec<u32> {
        (0..number).map(|_| random.one_of(&self.by_weight)).collect()
    }

    /// Something that sells on this day, mostly of what is usual.
    pub fn pick(&self, usual: &[u32], ago: i64, date: NaiveDate, random: &mut Random) -> Product {
        const USUAL: u32 = 80;
        const ATTEMPTS: u32 = 4;
        for _ in 0..ATTEMPTS {
            let from = if random.percent(USUAL) {
                usual
            } else {
                &self.by_weight
            };
            let product = self.products[random.one_of(from) as usize];
            if product.sells(ago, date) {
                return product;
            }
        }
        // Among the first there is one that always sells.
        self.products[0]
    }

    pub fn rows(&self, distributor: &Distributor) -> Rows {
        let mut rows = Rows::new(
            "copy sales.sku (
                 id, tenant_id, code, name, category, supplier_id, is_active, items_per_case, created_at
             )
             from stdin (format binary)",
        );
        for product in &self.products {
            let items_per_case: Option<i32> = [Some(6), Some(12), None, Some(1)][product.number as usize % 4];
            rows.push(&[
                &product.id,
                &distributor.id,
                &product.code(),
                &product.name(),
                &product.category(),
                &product.supplier,
                &(product.kind != Inactive),
                &items_per_case,
                &product.since(distributor),
            ]);
        }
        rows
    }
}

impl Product {
    fn since(self, distributor: &Distributor) -> DateTime<Utc> {
        distributor.days.morning(self.age_days) - TimeDelta::hours(1)
    }
}
