//! At what pace a customer buys each product.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use chrono::{Days, NaiveDate};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use shared::{
    job::{Decision, Diff, Reason, Scope},
    sql::column,
};
use sqlx::{
    PgConnection,
    postgres::{PgTypeInfo, Postgres},
};
use uuid::Uuid;

use super::{Counters, Settings, pace::Pace, settings::YEAR};

/// A customer with what he bought of late and his stored paces.
pub struct Customer {
    pub id: Uuid,
    is_permanently_closed: bool,
    /// Dates with their units, by product, ascending.
    bought: BTreeMap<Uuid, Vec<(NaiveDate, i64)>>,
    stored: Vec<Rate>,
}

/// A stored pace, in the order of the read query's rows.
#[derive(Debug, Clone, Copy, PartialEq, sqlx::Decode)]
pub struct Rate {
    sku_id: Uuid,
    intervals: i32,
    average_interval_days: Decimal,
    interval_sd_days: Decimal,
    quantity_per_order: Decimal,
    last_order_date: NaiveDate,
    predicted_reorder_date: NaiveDate,
    confidence: Decimal,
}

/// What is to be written for a customer.
pub struct Change {
    id: Uuid,
    /// All paces that he has.
    rates: Vec<Rate>,
    /// Those of them that are new or not as they are stored.
    written: Vec<Rate>,
    /// Products whose pace he has no longer.
    deleted: Vec<Uuid>,
}

impl sqlx::Type<Postgres> for Rate {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("record")
    }
}

/// Reads the next customers.
pub async fn read(
    tx: &mut PgConnection,
    scope: &Scope<Settings>,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Customer>> {
    let distributor = &scope.settings.distributor;
    let first = distributor.days_ago(YEAR);
    // Today so far counts as well.
    let starts = distributor.starts_of(first, YEAR as usize + 1);
    let customers = sqlx::query_file!(
        "sql/calculate-burn-rates/read_customers.sql",
        scope.tenant.id,
        after.unwrap_or_default(),
        after,
        limit,
        &starts,
        starts.first(),
        scope.as_of
    )
    .map(|row| {
        let days = row.days.unwrap_or_default().into_iter();
        let counted = days.zip(row.units.unwrap_or_default());
        let mut bought = BTreeMap::<Uuid, Vec<(NaiveDate, i64)>>::new();
        for (sku_id, (day, units)) in row.sku_ids.unwrap_or_default().into_iter().zip(counted) {
            // Dates are numbered from 1 on.
            let date = first + Days::new(u64::from(day.unsigned_abs()) - 1);
            bought.entry(sku_id).or_default().push((date, units));
        }
        bought.values_mut().for_each(|dates| dates.sort_unstable());
        Customer {
            id: row.id,
            is_permanently_closed: row.is_permanently_closed,
            bought,
            stored: row.stored.unwrap_or_default(),
        }
    });
    customers.fetch_all(tx).await.context("read the customers")
}

impl Customer {
    pub fn decide(&self) -> Result<Decision<Change, Counters>, Reason> {
        let mut rates = Vec::new();
        if !self.is_permanently_closed {
            for (sku_id, bought) in &self.bought {
                rates.extend(Pace::of(bought)?.map(|pace| Rate::of(*sku_id, pace)));
            }
        }
        let is_unchanged = |rate: &&Rate| self.stored.contains(rate);
        let (unchanged, written): (Vec<&Rate>, Vec<&Rate>) = rates.iter().partition(is_unchanged);
        let counted = Counters {
            rates_unchanged: unchanged.len() as u64,
            ..Counters::default()
        };
        let written: Vec<Rate> = written.into_iter().copied().collect();
        let is_gone = |stored: &&Rate| rates.iter().all(|rate| rate.sku_id != stored.sku_id);
        let deleted: Vec<Uuid> = self
            .stored
            .iter()
            .filter(is_gone)
            .map(|stored| stored.sku_id)
            .collect();
        let has_changed = !written.is_empty() || !deleted.is_empty();
        Ok(Decision {
            change: has_changed.then_some(Change {
                id: self.id,
                rates,
                written,
                deleted,
            }),
            counted,
        })
    }

    pub fn diff(&self, change: &Change) -> Diff {
        Diff {
            before: shown(&self.stored),
            after: shown(&change.rates),
        }
    }
}

impl Rate {
    fn of(sku_id: Uuid, pace: Pace) -> Self {
        Self {
            sku_id,
            intervals: pace.intervals,
            average_interval_days: pace.average_interval_days,
            interval_sd_days: pace.interval_sd_days,
            quantity_per_order: pace.quantity_per_order,
            last_order_date: pace.last_order_date,
            predicted_reorder_date: pace.predicted_reorder_date,
            confidence: pace.confidence,
        }
    }
}

/// A customer's paces as a dry run shows them: how many, and when the first product is due.
fn shown(rates: &[Rate]) -> Value {
    let next = rates.iter().map(|rate| rate.predicted_reorder_date).min();
    json!({"rates": rates.len(), "nextReorderDate": next})
}

/// Writes what differs, and counts the rows.
pub async fn write(tx: &mut PgConnection, scope: &Scope<Settings>, changes: &[&Change]) -> Result<Counters> {
    let written: Vec<(Uuid, Rate)> = changes
        .iter()
        .flat_map(|change| change.written.iter().map(|rate| (change.id, *rate)))
        .collect();
    let deleted: Vec<(Uuid, Uuid)> = changes
        .iter()
        .flat_map(|change| change.deleted.iter().map(|sku_id| (change.id, *sku_id)))
        .collect();
    let mut counters = Counters::default();
    if !written.is_empty() {
        let rows = sqlx::query_file!(
            "sql/calculate-burn-rates/write_rates.sql",
            scope.tenant.id,
            scope.as_of,
            &column(&written, |(id, _)| *id),
            &column(&written, |(_, rate)| rate.sku_id),
            &column(&written, |(_, rate)| rate.intervals),
            &column(&written, |(_, rate)| rate.average_interval_days),
            &column(&written, |(_, rate)| rate.interval_sd_days),
            &column(&written, |(_, rate)| rate.quantity_per_order),
            &column(&written, |(_, rate)| rate.last_order_date),
            &column(&written, |(_, rate)| rate.predicted_reorder_date),
            &column(&written, |(_, rate)| rate.confidence)
        );
        let rows = rows.execute(&mut *tx).await.context("write the paces")?;
        counters.rates_written = rows.rows_affected();
    }
    if !deleted.is_empty() {
        let rows = sqlx::query_file!(
            "sql/calculate-burn-rates/delete_rates.sql",
            scope.tenant.id,
            &column(&deleted, |(id, _)| *id),
            &column(&deleted, |(_, sku_id)| *sku_id)
        );
        let rows = rows.execute(tx).await.context("delete the paces that are over")?;
        counters.rates_deleted = rows.rows_affected();
    }
    Ok(counters)
}
