//! Products as they are read, and how what was found out about a page of them is written.

use anyhow::{Context, Result};
use chrono::NaiveDate;
use rust_decimal::Decimal;
use shared::{job::Scope, sql::column};
use sqlx::{
    PgConnection,
    postgres::{PgTypeInfo, Postgres},
};
use uuid::Uuid;

use super::{
    super::{Counters, Settings},
    Alert, Change, Figures, Found, History, Inbound, Recommendation, Sku, Step,
};

impl sqlx::Type<Postgres> for Alert {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("record")
    }
}

impl sqlx::Type<Postgres> for Inbound {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("record")
    }
}

/// Reads the next products.
pub async fn read(
    tx: &mut PgConnection,
    scope: &Scope<Settings>,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Sku>> {
    let periods = &scope.settings.periods;
    sqlx::query_file!(
        "sql/calculate-burn-rates/read_skus.sql",
        scope.tenant.id,
        after.unwrap_or_default(),
        after,
        limit,
        &periods.starts,
        periods.starts.first(),
        periods.end,
        scope.as_of,
        scope.settings.distributor.today
    )
    .map(|row| {
        let [units, sample_units] = [row.units, row.sample_units].map(Option::unwrap_or_default);
        let counted = row
            .periods
            .unwrap_or_default()
            .into_iter()
            .zip(units)
            .zip(sample_units);
        let counted: Vec<(i32, i64, i64)> = counted
            .map(|((period, units), samples)| (period, units, samples))
            .collect();
        Sku {
            id: row.id,
            code: row.code,
            name: row.name,
            is_active: row.is_active,
            category: row.category,
            supplier_id: row.supplier_id,
            items_per_case: row.items_per_case,
            created_at: row.created_at,
            found: Found {
                burn_rate: row.burn_rate,
                reorder_point: row.reorder_point,
                days_of_supply: row.days_of_supply,
            },
            history: History::of(periods, &counted),
            inventory: row.inventory,
            reserved: row.reserved.unwrap_or_default(),
            inbound: row.inbound.unwrap_or_default(),
            open: row.open.unwrap_or_default(),
            is_recommended: row.is_recommended,
        }
    })
    .fetch_all(tx)
    .await
    .context("read the products")
}

/// Writes what was found out, and counts what only the database knows.
pub async fn write(tx: &mut PgConnection, scope: &Scope<Settings>, changes: &[&Change]) -> Result<Counters> {
    let updated = write_figures(&mut *tx, scope, changes).await?;
    let mut counters = write_alerts(&mut *tx, scope, changes).await?;
    counters.skus_updated = updated;
    counters.skus_unchanged = changes.len() as u64 - updated;
    counters.recommendations_deleted = write_recommendations(tx, scope, changes).await?;
    Ok(counters)
}

async fn write_figures(tx: &mut PgConnection, scope: &Scope<Settings>, changes: &[&Change]) -> Result<u64> {
    let figures: Vec<(Uuid, &Figures)> = changes
        .iter()
        .filter_map(|change| Some((change.id, change.figures.as_ref()?)))
        .collect();
    if figures.is_empty() {
        return Ok(0);
    }
    let updated = sqlx::query_file_scalar!(
        "sql/calculate-burn-rates/write_skus.sql",
        scope.tenant.id,
        scope.as_of,
        scope.settings.z,
        &column(&figures, |(id, _)| *id),
        &column(&figures, |(_, of)| of.found.burn_rate) as &[Option<Decimal>],
        &column(&figures, |(_, of)| of.found.reorder_point) as &[Option<i32>],
        &column(&figures, |(_, of)| of.found.days_of_supply) as &[Option<Decimal>],
        &column(&figures, |(_, of)| of.days_in_period),
        &column(&figures, |(_, of)| of.days_with_demand),
        &column(&figures, |(_, of)| of.total_units),
        &column(&figures, |(_, of)| of.sample_units),
        &column(&figures, |(_, of)| of.daily_mean) as &[Option<Decimal>],
        &column(&figures, |(_, of)| of.daily_sd) as &[Option<Decimal>],
        &column(&figures, |(_, of)| of.zero_day_percent) as &[Option<Decimal>],
        &column(&figures, |(_, of)| of.cv) as &[Option<Decimal>],
        &column(&figures, |(_, of)| of.pattern) as &[&str],
        &column(&figures, |(_, of)| of.lead_days),
        &column(&figures, |(_, of)| of.lead_sd_days),
        &column(&figures, |(_, of)| of.weekday_index.as_deref()) as &[Option<&str>],
        &column(&figures, |(_, of)| of.month_factor),
        &column(&figures, |(_, of)| of.month_source.as_str()) as &[&str],
        &column(&figures, |(_, of)| of.available) as &[Option<i32>],
        &column(&figures, |(_, of)| of.inventory_position) as &[Option<i32>],
        &column(&figures, |(_, of)| of.confidence.as_str()) as &[&str]
    )
    .fetch_one(tx)
    .await
    .context("write the products' figures")?;
    Ok(u64::try_from(updated)?)
}

async fn write_alerts(
    tx: &mut PgConnection,
    scope: &Scope<Settings>,
    changes: &[&Change],
) -> Result<Counters> {
    let steps: Vec<(Uuid, &Step, Option<&str>)> = changes
        .iter()
        .flat_map(|change| {
            let steps = change.steps.iter();
            steps.map(|(step, message)| (change.id, step, message.as_deref()))
        })
        .collect();
    if steps.is_empty() {
        return Ok(Counters::default());
    }
    let alert = |(_, step, _): &(Uuid, &Step, Option<&str>)| step.alert().cloned();
    let written = sqlx::query_file!(
        "sql/calculate-burn-rates/write_alerts.sql",
        scope.tenant.id,
        scope.as_of,
        &column(&steps, |(id, ..)| *id),
        &column(&steps, |(_, step, _)| step.family().as_str()) as &[&str],
        &column(&steps, |(_, step, _)| !matches!(step, Step::Open(_))),
        &column(&steps, |step| alert(step).map(|alert| alert.kind.as_str())) as &[Option<&str>],
        &column(&steps, |step| alert(step).map(|alert| alert.severity.as_str())) as &[Option<&str>],
        &column(&steps, |(_, _, message)| *message) as &[Option<&str>],
        &column(&steps, |step| alert(step).map(|alert| alert.available)) as &[Option<i32>],
        &column(&steps, |step| alert(step).and_then(|alert| alert.reorder_point)) as &[Option<i32>],
        &column(&steps, |step| alert(step).and_then(|alert| alert.days_of_supply)) as &[Option<Decimal>]
    )
    .fetch_one(tx)
    .await
    .context("write the alerts")?;
    Ok(Counters {
        alerts_opened: u64::try_from(written.opened)?,
        alerts_updated: u64::try_from(written.updated)?,
        alerts_resolved: u64::try_from(written.resolved)?,
        ..Counters::default()
    })
}

async fn write_recommendations(
    tx: &mut PgConnection,
    scope: &Scope<Settings>,
    changes: &[&Change],
) -> Result<u64> {
    let due: Vec<(Uuid, &Recommendation)> = changes
        .iter()
        .filter_map(|change| Some((change.id, change.recommendation.as_ref()?)))
        .collect();
    let withdrawn: Vec<Uuid> = changes
        .iter()
        .filter(|change| change.is_withdrawn)
        .map(|change| change.id)
        .collect();
    if due.is_empty() && withdrawn.is_empty() {
        return Ok(0);
    }
    let reason = |order: &Recommendation| match order.is_out_of_stock {
        true => "OUT_OF_STOCK",
        false => "BELOW_REORDER_POINT",
    };
    let deleted = sqlx::query_file_scalar!(
        "sql/calculate-burn-rates/write_recommendations.sql",
        scope.tenant.id,
        scope.settings.distributor.today,
        &column(&due, |(id, _)| *id),
        &column(&due, |(_, order)| order.quantity),
        &column(&due, |(_, order)| order.order_by) as &[NaiveDate],
        &column(&due, |(_, order)| order.reorder_point),
        &column(&due, |(_, order)| order.inventory_position),
        &column(&due, |(_, order)| reason(order)) as &[&str],
        &withdrawn
    )
    .fetch_one(tx)
    .await
    .context("write the recommendations")?;
    Ok(u64::try_from(deleted)?)
}
