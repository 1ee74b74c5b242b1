//! Works out how fast each product sells, when to reorder it, and when each customer is due to order again.
//!
//! A distributor's products come first, page by page, and then its customers.

mod alert;
mod customer;
mod demand;
mod figure;
mod history;
mod pace;
mod reorder;
mod season;
mod settings;
mod sku;
mod stock;

use std::{fmt, str::FromStr};

use anyhow::Result;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use shared::job::{Batch, Decision, Diff, Job, Reason, Scope, Tenant};
use sqlx::PgConnection;
use uuid::Uuid;

pub use customer::{Change as CustomerChange, Customer};
pub use settings::Settings;
pub use sku::{Change as SkuChange, Sku};

/// The job.
pub struct CalculateBurnRates;

/// How far the two passes have come. The customers' begins when no product is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Cursor {
    Sku(Uuid),
    Customer(Uuid),
}

/// A subject of either pass.
pub enum Row {
    Sku(Box<Sku>),
    Customer(Customer),
}

/// What is to be written for a subject of either pass.
pub enum Change {
    Sku(Box<SkuChange>),
    Customer(CustomerChange),
}

shared::counters! {
    pub struct Counters {
        /// Subjects of each kind.
        skus: u64,
        customers: u64,
        skus_updated: u64,
        skus_unchanged: u64,
        insufficient_history: u64,
        without_inventory: u64,
        alerts_opened: u64,
        alerts_updated: u64,
        alerts_resolved: u64,
        /// Of today, after the run.
        recommendations: u64,
        recommendations_deleted: u64,
        rates_written: u64,
        rates_unchanged: u64,
        rates_deleted: u64,
    }
}

impl Job for CalculateBurnRates {
    const NAME: &'static str = "calculate-burn-rates";
    const PRODUCT: &'static str = "sales";
    const LOCK_ID: i32 = 482_223;

    type Settings = Settings;
    type Cursor = Cursor;
    type Row = Row;
    type Change = Change;
    type Counters = Counters;

    async fn settings(
        &self,
        tx: &mut PgConnection,
        as_of: DateTime<Utc>,
        tenant: &Tenant,
    ) -> Result<Settings> {
        Settings::read(tx, as_of, tenant).await
    }

    async fn read(
        &self,
        tx: &mut PgConnection,
        scope: &Scope<Settings>,
        after: Option<&Cursor>,
        limit: i64,
    ) -> Result<Batch<Self>> {
        let customers_after = match after {
            Some(Cursor::Customer(id)) => Some(*id),
            None | Some(Cursor::Sku(_)) => {
                let after = after.map(|cursor| cursor.id());
                let skus = sku::read(tx, scope, after, limit).await?;
                if let Some(last) = skus.last() {
                    return Ok(Batch {
                        next: Some(Cursor::Sku(last.id)),
                        counted: Counters {
                            skus: skus.len() as u64,
                            ..Counters::default()
                        },
                        rows: skus.into_iter().map(|sku| Row::Sku(Box::new(sku))).collect(),
                    });
                }
                None
            }
        };
        let customers = customer::read(tx, scope, customers_after, limit).await?;
        let counted = Counters {
            customers: customers.len() as u64,
            ..Counters::default()
        };
        let rows = customers.into_iter().map(Row::Customer).collect();
        let batch = Batch::<Self>::of(rows, limit, |row| match row {
            Row::Sku(sku) => Cursor::Sku(sku.id),
            Row::Customer(customer) => Cursor::Customer(customer.id),
        });
        Ok(Batch { counted, ..batch })
    }

    fn subject(row: &Row) -> String {
        match row {
            Row::Sku(sku) => Cursor::Sku(sku.id),
            Row::Customer(customer) => Cursor::Customer(customer.id),
        }
        .to_string()
    }

    fn decide(scope: &Scope<Settings>, row: &Row) -> Result<Decision<Change, Counters>, Reason> {
        match row {
            Row::Sku(sku) => {
                let Decision { change, counted } = sku.decide(&scope.settings)?;
                let change = change.map(|change| Change::Sku(Box::new(change)));
                Ok(Decision { change, counted })
            }
            Row::Customer(customer) => {
                let Decision { change, counted } = customer.decide()?;
                let change = change.map(Change::Customer);
                Ok(Decision { change, counted })
            }
        }
    }

    async fn write(
        &self,
        tx: &mut PgConnection,
        scope: &Scope<Settings>,
        changes: &[Change],
    ) -> Result<Counters> {
        // A page is of one pass.
        let skus: Vec<&SkuChange> = changes
            .iter()
            .filter_map(|change| match change {
                Change::Sku(sku) => Some(sku.as_ref()),
                Change::Customer(_) => None,
            })
            .collect();
        if !skus.is_empty() {
            return sku::write(tx, scope, &skus).await;
        }
        let customers: Vec<&CustomerChange> = changes
            .iter()
            .filter_map(|change| match change {
                Change::Customer(customer) => Some(customer),
                Change::Sku(_) => None,
            })
            .collect();
        customer::write(tx, scope, &customers).await
    }

    fn diff(row: &Row, change: &Change) -> Diff {
        match (row, change) {
            (Row::Sku(sku), Change::Sku(change)) => sku.diff(change),
            (Row::Customer(customer), Change::Customer(change)) => customer.diff(change),
            _ => Diff {
                before: serde_json::Value::Null,
                after: serde_json::Value::Null,
            },
        }
    }
}

impl Cursor {
    fn id(&self) -> Uuid {
        match self {
            Self::Sku(id) | Self::Customer(id) => *id,
        }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sku(id) => write!(f, "sku:{id}"),
            Self::Customer(id) => write!(f, "customer:{id}"),
        }
    }
}

impl From<Cursor> for String {
    fn from(cursor: Cursor) -> Self {
        cursor.to_string()
    }
}

impl TryFrom<String> for Cursor {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let parsed = text
            .split_once(':')
            .and_then(|(kind, id)| Some((kind, Uuid::from_str(id).ok()?)));
        match parsed {
            Some(("sku", id)) => Ok(Self::Sku(id)),
            Some(("customer", id)) => Ok(Self::Customer(id)),
            _ => Err(format!("'{text}' is no cursor")),
        }
    }
}

#[cfg(test)]
mod tests;
