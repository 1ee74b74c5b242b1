//! What was bought after a sample, and which of it is the sample's own.
//!
//! A customer's orders are read once a page, however many samples it has: asked for sample by sample, those of a house
//! account would be read a thousand times over.

use std::{cmp::Ordering, collections::HashMap};

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::postgres::{PgTypeInfo, Postgres};
use uuid::Uuid;

use super::sample::Order;

/// A line that was paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Decode)]
pub struct Bought {
    sku_id: Uuid,
    order_id: Uuid,
    ordered_at: DateTime<Utc>,
    amount: Decimal,
}

/// A line that was a sample itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Decode)]
pub struct Given {
    sku_id: Uuid,
    id: Uuid,
    sampled_at: DateTime<Utc>,
}

impl sqlx::Type<Postgres> for Bought {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("record")
    }
}

impl sqlx::Type<Postgres> for Given {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("record")
    }
}

/// What customers bought and were given in the time of their samples, by customer and product.
#[derive(Default)]
pub struct Ledger(HashMap<(Uuid, Uuid), (Vec<Bought>, Vec<Given>)>);

/// A sample, as far as it is known which orders are its own.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    pub id: Uuid,
    pub customer_id: Uuid,
    pub sku_id: Uuid,
    pub sampled_at: DateTime<Utc>,
    /// The first instant at which an order does not count any more.
    pub ends_at: DateTime<Utc>,
    /// The next tasting of the same customer and product before that.
    pub next_tasting_at: Option<DateTime<Utc>>,
}

impl Ledger {
    pub fn add(&mut self, customer_id: Uuid, bought: Vec<Bought>, given: Vec<Given>) {
        for line in bought {
            self.0.entry((customer_id, line.sku_id)).or_default().0.push(line);
        }
        for line in given {
            self.0.entry((customer_id, line.sku_id)).or_default().1.push(line);
        }
    }

    /// The first order that a sample led to, and the revenue of the lines that are credited to it: a line is the
    /// latest sample's that it came after, so those until the next sample are this one's.
    pub fn credited(&self, of: Moment) -> (Option<Order>, Decimal) {
        let Some((bought, given)) = self.0.get(&(of.customer_id, of.sku_id)) else {
            return (None, Decimal::ZERO);
        };
        let is_later = |line: &&Given| {
            let order = line.sampled_at.cmp(&of.sampled_at).then(line.id.cmp(&of.id));
            order == Ordering::Greater && line.sampled_at < of.ends_at
        };
        let next_line_at = given.iter().filter(is_later).map(|line| line.sampled_at).min();
        let next_at = [of.next_tasting_at, next_line_at].into_iter().flatten().min();

        let mut first: Option<Order> = None;
        let mut revenue = Decimal::ZERO;
        for line in bought {
            if line.ordered_at <= of.sampled_at || line.ordered_at >= of.ends_at {
                continue;
            }
            let order = Order {
                id: line.order_id,
                ordered_at: line.ordered_at,
            };
            let is_first =
                first.is_none_or(|first| (order.ordered_at, order.id) < (first.ordered_at, first.id));
            if is_first {
                first = Some(order);
            }
            if next_at.is_none_or(|next_at| line.ordered_at <= next_at) {
                revenue += line.amount;
            }
        }
        (first, revenue)
    }
}
