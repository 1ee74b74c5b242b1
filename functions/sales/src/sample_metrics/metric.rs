//! The rows of the two metric tables.

use anyhow::{Context, Result};
use rust_decimal::Decimal;
use shared::{job::Scope, sql::column};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    Counters, Settings,
    measure::{self, Fact, Metric},
};

/// The metrics of a tenant, column by column.
pub struct Metrics {
    categories: Vec<Option<String>>,
    sales_rep_ids: Vec<Option<Uuid>>,
    segments: Vec<Option<String>>,
    of_groups: Columns,
    sku_ids: Vec<Uuid>,
    of_skus: Columns,
}

/// The columns that both tables have, row by row in the same order.
struct Columns {
    window_days: Vec<i32>,
    samples_given: Vec<i64>,
    units_given: Vec<i64>,
    customers_sampled: Vec<i64>,
    conversions: Vec<i64>,
    conversion_rate: Vec<Decimal>,
    matured_samples: Vec<i64>,
    matured_conversions: Vec<i64>,
    matured_conversion_rate: Vec<Option<Decimal>>,
    average_days_to_convert: Vec<Option<Decimal>>,
    revenue: Vec<Decimal>,
    revenue_per_sample: Vec<Decimal>,
}

impl Metrics {
    /// Sums up what samples led to.
    pub fn of(facts: &[Fact]) -> Self {
        let groups = measure::by_group(facts);
        let skus = measure::by_sku(facts);
        Self {
            categories: column(&groups, |metric| metric.key.category.map(Into::into)),
            sales_rep_ids: column(&groups, |metric| metric.key.sales_rep_id),
            segments: column(&groups, |metric| metric.key.segment.map(Into::into)),
            of_groups: Columns::of(&groups),
            sku_ids: column(&skus, |metric| metric.key),
            of_skus: Columns::of(&skus),
        }
    }

    /// Makes them the rows of the run's date.
    pub async fn write(&self, tx: &mut PgConnection, scope: &Scope<Settings>) -> Result<Counters> {
        let today = scope.settings.distributor.today;
        let of = &self.of_groups;
        let groups = sqlx::query_file!(
            "sql/sample-metrics/write_metrics.sql",
            scope.tenant.id,
            today,
            scope.as_of,
            &of.window_days,
            &self.categories as &[Option<String>],
            &self.sales_rep_ids as &[Option<Uuid>],
            &self.segments as &[Option<String>],
            &of.samples_given,
            &of.units_given,
            &of.customers_sampled,
            &of.conversions,
            &of.conversion_rate,
            &of.matured_samples,
            &of.matured_conversions,
            &of.matured_conversion_rate as &[Option<Decimal>],
            &of.average_days_to_convert as &[Option<Decimal>],
            &of.revenue,
            &of.revenue_per_sample
        )
        .fetch_one(&mut *tx)
        .await
        .context("write the metrics of groups")?;
        let of = &self.of_skus;
        let skus = sqlx::query_file!(
            "sql/sample-metrics/write_sku_metrics.sql",
            scope.tenant.id,
            today,
            scope.as_of,
            &of.window_days,
            &self.sku_ids,
            &of.samples_given,
            &of.units_given,
            &of.customers_sampled,
            &of.conversions,
            &of.conversion_rate,
            &of.matured_samples,
            &of.matured_conversions,
            &of.matured_conversion_rate as &[Option<Decimal>],
            &of.average_days_to_convert as &[Option<Decimal>],
            &of.revenue,
            &of.revenue_per_sample
        )
        .fetch_one(tx)
        .await
        .context("write the metrics of products")?;
        let rows = (self.sales_rep_ids.len() + self.sku_ids.len()) as u64;
        let rows_written = (groups.written + skus.written).try_into()?;
        Ok(Counters {
            rows_written,
            rows_unchanged: rows - rows_written,
            rows_deleted: (groups.deleted + skus.deleted).try_into()?,
            ..Counters::default()
        })
    }
}

impl Columns {
    fn of<Key>(metrics: &[Metric<Key>]) -> Self {
        Self {
            window_days: column(metrics, |metric| metric.window_days.into()),
            samples_given: column(metrics, |metric| metric.measures.samples_given),
            units_given: column(metrics, |metric| metric.measures.units_given),
            customers_sampled: column(metrics, |metric| metric.measures.customers_sampled),
            conversions: column(metrics, |metric| metric.measures.conversions),
            conversion_rate: column(metrics, |metric| metric.measures.conversion_rate()),
            matured_samples: column(metrics, |metric| metric.measures.matured_samples),
            matured_conversions: column(metrics, |metric| metric.measures.matured_conversions),
            matured_conversion_rate: column(metrics, |metric| metric.measures.matured_conversion_rate()),
            average_days_to_convert: column(metrics, |metric| metric.measures.average_days_to_convert()),
            revenue: column(metrics, |metric| metric.measures.revenue),
            revenue_per_sample: column(metrics, |metric| metric.measures.revenue_per_sample()),
        }
    }
}
