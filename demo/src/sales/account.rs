//! A customer's account: what it bought and tasted, and how it stood some weeks ago.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use uuid::Uuid;

use super::{
    Distributor, Size,
    habit::Habit,
    ledger::{Ledger, Line, Order},
    places::VENUES,
    product::{Product, Shelf},
};
use crate::{copy::Money, names, random::Random};

/// When types were last determined, in days before.
const TYPED_DAYS_AGO: i64 = 20;
/// What counts for the volume.
const VOLUME_DAYS: i64 = 90;

// Chances in percent.
const WITHOUT_REP: u32 = 4;
const WITHOUT_EMAIL: u32 = 8;
const CARELESSLY_TYPED: u32 = 2;
const NO_ADDRESS: u32 = 1;
const ON_HOLD: u32 = 3;
const CLOSED: u32 = 3;
const CREDITED: u32 = 2;
const GIVEN_SAMPLES_WITH_AN_ORDER: u32 = 8;
const OPEN_ORDER: u32 = 10;
const TASTED: u32 = 35;
const BOUGHT_BEFORE_THE_IMPORT: u32 = 50;

/// What the rest of a distributor must know of a customer.
#[derive(Debug, Clone, Copy)]
pub struct Account {
    pub id: Uuid,
    pub habit: Habit,
    pub rep: Option<Uuid>,
    /// The date of the latest purchase.
    pub last: Option<NaiveDate>,
    /// Whether triggers look at it.
    pub is_open: bool,
}

/// A customer while it is made up.
struct Customer<'a> {
    distributor: &'a Distributor,
    shelf: &'a Shelf,
    id: Uuid,
    rep: Option<Uuid>,
    habit: Habit,
    /// Larger ones buy two and four times as much.
    factor: i32,
    usual: Vec<u32>,
    lines_per_order: u32,
    /// Days ago and money of what was delivered and paid for.
    purchases: Vec<(i64, Money)>,
    /// Ids and instants of orders.
    orders: Vec<(Uuid, DateTime<Utc>)>,
}

/// Makes up the distributor's `number`th customer with all that it did.
pub fn add(
    distributor: &Distributor,
    ledger: &mut Ledger,
    shelf: &Shelf,
    number: u32,
    size: Size,
    random: &mut Random,
) -> Account {
    let mut customer = Customer {
        distributor,
        shelf,
        id: random.id(),
        rep: (!random.percent(WITHOUT_REP)).then(|| random.one_of(&distributor.reps).id),
        habit: Habit::draw(random),
        factor: random.weighted(&[(1, 55), (2, 30), (4, 15)]),
        usual: shelf.usual(size.lines_per_order + 2, random),
        lines_per_order: size.lines_per_order,
        purchases: Vec::new(),
        orders: Vec::new(),
    };
    let deliveries = customer
        .habit
        .deliveries(size.orders_per_customer, &distributor.days, random);
    let first = deliveries.last().copied();
    for ago in deliveries {
        let is_first = Some(ago) == first && ago > TYPED_DAYS_AGO && customer.habit != Habit::Lost;
        customer.delivered(ledger, ago, is_first, random);
    }
    if random.percent(GIVEN_SAMPLES_WITH_AN_ORDER) {
        customer.samples_ordered(ledger, random);
    }
    if random.percent(OPEN_ORDER) {
        customer.not_delivered(ledger, random);
    }
    if random.percent(TASTED) {
        for _ in 0..random.between(1, 3) {
            customer.tasted(ledger, random);
        }
    }
    customer.write(ledger, number, random)
}

impl Customer<'_> {
    fn new_order(&self, status: &'static str, ordered_at: DateTime<Utc>, random: &mut Random) -> Order {
        Order {
            id: random.id(),
            customer: self.id,
            rep: self.rep,
            status,
            ordered_at,
            delivered_at: None,
            is_first: false,
            is_event: false,
        }
    }

    /// An order that was delivered, or was to be.
    fn delivered(&mut self, ledger: &mut Ledger, ago: i64, is_first: bool, random: &mut Random) {
        let days = &self.distributor.days;
        let (status, is_event) = random.weighted(&[
            (("DELIVERED", false), 68),
            (("FULFILLED", false), 22),
            (("PARTIALLY_FULFILLED", false), 4),
            (("CANCELLED", false), 2),
            // Nobody moved it on, and the goods were there.
            (("DRAFT", false), 2),
            (("DELIVERED", true), 2),
        ]);
        let ordered_at = days.hour(ago + random.between(1, 3), random);
        let order = Order {
            delivered_at: Some(days.hour(ago, random)),
            is_first,
            is_event,
            ..self.new_order(status, ordered_at, random)
        };
        let total = self.lines(ledger, &order, ago, random);
        ledger.order(self.distributor, &order, total);
        self.orders.push((order.id, ordered_at));
        if status != "CANCELLED" && total.0 > 0 {
            self.purchases.push((ago, total));
        }
        if ago > 4 && random.percent(CREDITED) {
            let ordered_at = days.hour(ago - 2, random);
            let credit = Order {
                delivered_at: Some(days.hour(ago - 3, random)),
                ..self.new_order("DELIVERED", ordered_at, random)
            };
            let product = self.shelf.pick(&self.usual, ago, days.date(ago), random);
            let line = Line {
                product,
                quantity: -random.one_of(&[1, 2, 6]),
                is_sample: false,
                usage: None,
            };
            let (_, total) = ledger.line(self.distributor, &credit, line, random);
            ledger.order(self.distributor, &credit, total);
        }
    }

    fn lines(&self, ledger: &mut Ledger, order: &Order, ago: i64, random: &mut Random) -> Money {
        let date = self.distributor.days.date(ago);
        let mut total = Money(0);
        for _ in 0..random.between(1, 2 * i64::from(self.lines_per_order) - 1) {
            let product = self.shelf.pick(&self.usual, ago, date, random);
            let is_sample = random.percent(2);
            let buys_little = self.habit == Habit::Falling && ago <= VOLUME_DAYS;
            let quantity = if is_sample || buys_little {
                1
            } else {
                self.factor * random.weighted(&[(1, 25), (2, 25), (3, 20), (6, 25), (12, 5)])
            };
            let line = Line {
                product,
                // Some bottles go back at once.
                quantity: if random.percent(1) { -1 } else { quantity },
                is_sample,
                usage: random.weighted(&[
                    (None, 94),
                    (Some("BTG"), 3),
                    (Some("WINE_CLUB"), 1),
                    (Some("SUPPLIER_EVENT"), 1),
                    (Some("OTHER_ONE_OFF"), 1),
                ]),
            };
            total.0 += ledger.line(self.distributor, order, line, random).1.0;
        }
        total
    }

    /// Samples that left the stock by an order, some of which a rep wrote down as tasted as well.
    fn samples_ordered(&mut self, ledger: &mut Ledger, random: &mut Random) {
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

    /// An order of these days, which has not come so far.
    fn not_delivered(&mut self, ledger: &mut Ledger, random: &mut Random) {
        let distributor = self.distributor;
        let status = random.one_of(&["SUBMITTED", "PENDING", "READY_TO_DELIVER", "PICKED", "DRAFT"]);
        let order = Order {
            // Planned, not delivered.
            delivered_at: random
                .percent(20)
                .then(|| distributor.as_of + TimeDelta::hours(random.between(6, 50))),
            ..self.new_order(
                status,
                distributor.days.hour(random.between(1, 3), random),
                random,
            )
        };
        let total = self.lines(ledger, &order, 1, random);
        ledger.order(distributor, &order, total);
    }

    fn tasted(&mut self, ledger: &mut Ledger, random: &mut Random) {
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

    fn write(self, ledger: &mut Ledger, number: u32, random: &mut Random) -> Account {
        let distributor = self.distributor;
        let days = &distributor.days;
        let (first, last) = distributor.place.city.names.draw(random);
        let name = format!("{last}’s {}", random.one_of(&VENUES));
        let address = names::email(first, last, distributor.place.slug, &number.to_string());
        let email = match random.below(100) {
            0..WITHOUT_EMAIL => None,
            place if place < WITHOUT_EMAIL + CARELESSLY_TYPED => {
                Some(format!(" {} ", address.to_uppercase()))
            }
            place if place < WITHOUT_EMAIL + CARELESSLY_TYPED + NO_ADDRESS => {
                Some(format!("none ({number})"))
            }
            _ => Some(address),
        };
        let is_closed = random.percent(CLOSED);
        let is_on_hold = random.percent(ON_HOLD);
        let do_not_contact: Option<(i64, i64)> = random.weighted(&[
            (None, 91),
            (Some((0, 20)), 4),
            (Some((-60, -1)), 4),
            (Some((40, 300)), 1),
        ]);
        let do_not_contact = do_not_contact.map(|(least, most)| days.date(random.between(least, most)));
        let stood = self.stood(random);
        ledger.customers.push(&[
            &self.id,
            &distributor.id,
            &name,
            &email,
            &self.rep,
            &is_closed,
            &do_not_contact,
            &stood.account_type,
            &if is_on_hold { Some("HOLD") } else { stood.lifecycle },
            &stood.lifecycle.map(|_| days.morning(TYPED_DAYS_AGO)),
            &stood.last.map(|ago| days.date(ago)),
            &days.beginning(),
        ]);
        Account {
            id: self.id,
            habit: self.habit,
            rep: self.rep,
            last: self.purchases.iter().map(|(ago, _)| days.date(*ago)).max(),
            is_open: !is_closed && !is_on_hold,
        }
    }

    /// The types of some weeks ago, or none where nobody had determined them then.
    fn stood(&self, random: &mut Random) -> Stood {
        let before = |ago: &i64| *ago > TYPED_DAYS_AGO;
        let last = self.purchases.iter().map(|(ago, _)| *ago).filter(before).min();
        // Of a time of which there are no orders.
        let last = last.or_else(|| {
            (self.habit == Habit::Never && random.percent(BOUGHT_BEFORE_THE_IMPORT))
                .then(|| random.between(150, 500))
        });
        if self.habit == Habit::New || self.habit == Habit::Never && random.percent(50) {
            return Stood {
                account_type: None,
                lifecycle: None,
                last,
            };
        }
        let (mut orders, mut money) = (0, 0);
        for (ago, total) in self.purchases.iter().filter(|(ago, _)| before(ago)) {
            if ago - TYPED_DAYS_AGO <= VOLUME_DAYS {
                orders += 1;
                money += total.0;
            }
        }
        Stood {
            account_type: match (orders, money / 100) {
                (0, _) => None,
                (6.., 3_000..) | (3.., 7_500..) => Some("HIGH_VOLUME"),
                (3.., _) | (_, 3_000..) => Some("MEDIUM_VOLUME"),
                _ => Some("LOW_VOLUME"),
            },
            lifecycle: Some(match last.map(|ago| ago - TYPED_DAYS_AGO) {
                Some(..=180) => "ACTIVE",
                Some(..=365) => "TARGET",
                _ => "PROSPECT",
            }),
            last,
        }
    }
}

struct Stood {
    account_type: Option<&'static str>,
    lifecycle: Option<&'static str>,
    /// Days ago.
    last: Option<i64>,
}
