//! A customer's account: what it bought and tasted, and how it stood some weeks ago.

mod samples;
mod standing;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use uuid::Uuid;

use super::{
    Distributor, Size,
    habit::Habit,
    ledger::{Ledger, Line, Order},
    places::VENUES,
    product::Shelf,
};
use crate::{copy::Money, names, random::Random};
use standing::{TYPED_DAYS_AGO, VOLUME_DAYS};

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
}
