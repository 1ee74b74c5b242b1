//! Customers, their orders with lines, and the samples that they tasted.

use anyhow::Result;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Distributor, Filled, product::Product};
use crate::{
    copy::{Money, Rows},
    random::Random,
};

/// Rows of the tables that grow with every customer.
pub struct Ledger {
    pub customers: Rows,
    orders: Rows,
    lines: Rows,
    pub samples: Rows,
}

/// An order of which everything but the lines is known.
#[derive(Debug, Clone, Copy)]
pub struct Order {
    pub id: Uuid,
    pub customer: Uuid,
    pub rep: Option<Uuid>,
    pub status: &'static str,
    pub ordered_at: DateTime<Utc>,
    pub delivered_at: Option<DateTime<Utc>>,
    pub is_first: bool,
    pub is_event: bool,
}

/// A product of an order.
#[derive(Debug, Clone, Copy)]
pub struct Line {
    pub product: Product,
    pub quantity: i32,
    pub is_sample: bool,
    pub usage: Option<&'static str>,
}

impl Ledger {
    pub fn new() -> Self {
        Self {
            customers: Rows::new(
                "copy sales.customer (
                     id, tenant_id, name, email, sales_rep_id, is_permanently_closed, do_not_contact_until,
                     account_type, lifecycle_stage, account_type_updated_at, last_order_date, created_at
                 )
                 from stdin (format binary)",
            ),
            orders: Rows::new(
                "copy sales.\"order\" (
                     id, tenant_id, customer_id, sales_rep_id, status, ordered_at, delivered_at, total,
                     is_first_order, is_event_sale, created_at
                 )
                 from stdin (format binary)",
            ),
            lines: Rows::new(
                "copy sales.order_line (
                     id, tenant_id, order_id, sku_id, quantity, unit_price, is_sample, usage_type, created_at
                 )
                 from stdin (format binary)",
            ),
            samples: Rows::new(
                "copy sales.sample_usage (
                     id, tenant_id, sales_rep_id, customer_id, sku_id, quantity, tasted_at, order_line_id, feedback,
                     needs_follow_up, followed_up_at, resulted_in_order, converted_order_id, converted_at,
                     converted_by, created_at
                 )
                 from stdin (format binary)",
            ),
        }
    }

    pub async fn write(self, tx: &mut PgConnection, filled: &mut Filled) -> Result<()> {
        filled.customers += self.customers.write(tx).await?;
        filled.orders += self.orders.write(tx).await?;
        filled.lines += self.lines.write(tx).await?;
        filled.samples += self.samples.write(tx).await?;
        Ok(())
    }

    /// Writes a line down and returns its id and what it costs.
    pub fn line(
        &mut self,
        distributor: &Distributor,
        order: &Order,
        line: Line,
        random: &mut Random,
    ) -> (Uuid, Money) {
        let id = random.id();
        let price = if line.is_sample {
            Money(0)
        } else {
            line.product.price
        };
        self.lines.push(&[
            &id,
            &distributor.id,
            &order.id,
            &line.product.id,
            &line.quantity,
            &price,
            &line.is_sample,
            &line.usage,
            &order.ordered_at,
        ]);
        (id, Money(price.0 * line.quantity))
    }

    /// Writes an order down whose lines come to `total`.
    pub fn order(&mut self, distributor: &Distributor, order: &Order, total: Money) {
        self.orders.push(&[
            &order.id,
            &distributor.id,
            &order.customer,
            &order.rep,
            &order.status,
            &order.ordered_at,
            &order.delivered_at,
            &total,
            &order.is_first,
            &order.is_event,
            &order.ordered_at,
        ]);
    }
}
