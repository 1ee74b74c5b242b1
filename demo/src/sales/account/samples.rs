//! What a customer tasted.

use chrono::TimeDelta;
use uuid::Uuid;

use super::{
    super::{
        ledger::{Ledger, Line, Order},
        product::Product,
    },
    Customer,
};
use crate::{copy::Money, random::Random};

impl Customer<'_> {
    /// Samples that left the stock by an order, some of which a rep wrote down as tasted as well.
    pub fn samples_ordered(&mut self, ledger: &mut Ledger, random: &mut Random) {
        let days = &self.distributor.days;
        let ago = random.between(1, 100);
        let order = Order {
            delivered_at: Some(days.hour(ago, random)),
            ..self.new_order("DELIVERED", days.hour(ago + 1, random), random)
        };
        for _ in 0..random.between(1, 3) {
            let product = self.product_to_taste(ago, random);
            let line = Line {
                product,
                quantity: random.between(1, 2) as i32,
                is_sample: true,
                usage: None,
            };
            let (line, _) = ledger.line(self.distributor, &order, line, random);
            if random.percent(50) {
                self.sample(ledger, product, (ago - 1, Some(line)), random);
            }
        }
        ledger.order(self.distributor, &order, Money(0));
    }

    pub fn tasted(&mut self, ledger: &mut Ledger, random: &mut Random) {
        let ago = random.weighted(&[((1, 7), 25), ((8, 30), 35), ((31, 95), 35), ((-2, 0), 5)]);
        let ago = random.between(ago.0, ago.1);
        let product = self.product_to_taste(ago.max(1), random);
        self.sample(ledger, product, (ago, None), random);
    }

    /// What it will buy anyway, or what is new to it.
    fn product_to_taste(&self, ago: i64, random: &mut Random) -> Product {
        let something_new = self.shelf.usual(1, random);
        let from = if random.percent(60) {
            &self.usual
        } else {
            &something_new
        };
        self.shelf
            .pick(from, ago, self.distributor.days.date(ago), random)
    }

    fn sample(
        &self,
        ledger: &mut Ledger,
        product: Product,
        (ago, line): (i64, Option<Uuid>),
        random: &mut Random,
    ) {
        let distributor = self.distributor;
        let tasted_at = if ago > 0 {
            distributor.days.hour(ago, random)
        } else {
            // Today, or a date that is still to come.
            distributor.as_of - TimeDelta::hours(24 * ago + 2)
        };
        let later = self
            .orders
            .iter()
            .rfind(|(_, ordered_at)| *ordered_at > tasted_at);
        let word = random.weighted(&[
            (None, 82),
            (Some(Some("user")), 4),
            (Some(None), 2),
            (Some(Some("job")), 12),
        ]);
        // A job names the order, and it may be another one by now.
        let (converted, order) = match word {
            Some(Some("job")) => (later.is_some(), later),
            Some(_) => (true, None),
            None => (false, None),
        };
        let rep = self.rep.unwrap_or(distributor.reps[0].id);
        let needs_follow_up = random.percent(30);
        let followed_up_at = (needs_follow_up && ago > 3 && random.percent(40))
            .then(|| distributor.days.hour(ago - 2, random));
        ledger.samples.push(&[
            &random.id(),
            &distributor.id,
            &rep,
            &self.id,
            &product.id,
            &(random.between(1, 2) as i32),
            &tasted_at,
            &line,
            &random.one_of(&[
                None,
                None,
                Some("Liked it"),
                Some("Too dry for the house"),
                Some("Ask again"),
            ]),
            &needs_follow_up,
            &followed_up_at,
            &converted,
            &order.map(|(id, _)| *id),
            &order.map(|(_, ordered_at)| *ordered_at),
            &word.filter(|_| converted).flatten(),
            &tasted_at,
        ]);
    }
}
