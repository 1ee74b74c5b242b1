//! Measures how each company's application and mail did in the last full hour, and once a run how the jobs and the database
//! do; opens an alert where that is bad, and resolves it when it is good again.

mod alert;
mod buckets;
mod hours;
mod metric;
mod row;
mod system;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde_json::json;
use shared::{
    job::{Batch, Decision, Diff, Job, Limit, Reason, Scope, Tenant},
    sql::column,
};
use sqlx::PgConnection;

use crate::company::Setting;
use alert::Move;
use hours::Hours;
use metric::{HTTP, Http, Metric};
pub use row::Row;

/// The job.
pub struct PerformanceMetrics;

/// What is to be stored of a company, if it is not so already, and what becomes of its alerts.
pub struct Change {
    metrics: Vec<Metric>,
    alerts: Vec<Move>,
}

shared::counters! {
    pub struct Counters {
        /// Rows of the last full hour, of companies and of the system.
        scopes: u64,
        rows_written: u64,
        rows_unchanged: u64,
        alerts_opened: u64,
        alerts_closed: u64,
    }
}

impl Job for PerformanceMetrics {
    const NAME: &'static str = "performance-metrics";
    const PRODUCT: &'static str = "productivity";
    const LOCK_ID: i32 = 482_241;
    const ONCE_A_RUN: bool = true;

    type Settings = Setting;
    /// There is one subject a tenant, so a page never begins after another.
    type Cursor = ();
    type Row = Row;
    type Change = Change;
    type Counters = Counters;

    fn limit(&self) -> Limit {
        Limit::Unsupported(Self::NAME)
    }

    async fn settings(
        &self,
        tx: &mut PgConnection,
        _as_of: DateTime<Utc>,
        tenant: &Tenant,
    ) -> Result<Setting> {
        Setting::read(tx, tenant).await
    }

    async fn read(
        &self,
        tx: &mut PgConnection,
        scope: &Scope<Setting>,
        _after: Option<&()>,
        _limit: i64,
    ) -> Result<Batch<Self>> {
        Ok(Batch {
            rows: vec![Row::read(tx, scope).await?],
            next: None,
            counted: Counters::default(),
        })
    }

    fn subject(row: &Row) -> String {
        format!("company:{}", row.slug)
    }

    fn decide(scope: &Scope<Setting>, row: &Row) -> Result<Decision<Change, Counters>, Reason> {
        let hours = Hours::of(scope.as_of);
        let metrics = row.traffic.iter().map(|traffic| traffic.metric(hours));
        let mut metrics: Vec<Metric> = metrics.collect::<Result<_, _>>()?;
        metrics.push(row.before.metric(row.stored_before.as_ref()));
        metrics.push(row.last.metric(None));
        let http = http_of(&metrics, hours.last);
        let verdicts = alert::of_tenant(&scope.settings, http, row.last.oldest_pending_seconds);
        let alerts = alert::moves(row.alerts.iter().cloned().zip(verdicts), hours.end);
        let counted = Counters {
            scopes: metrics
                .iter()
                .filter(|metric| metric.hour_at == hours.last)
                .count() as u64,
            ..Counters::default()
        };
        let change = Some(Change { metrics, alerts });
        Ok(Decision { change, counted })
    }

    async fn write(
        &self,
        tx: &mut PgConnection,
        scope: &Scope<Setting>,
        changes: &[Change],
    ) -> Result<Counters> {
        let metrics: Vec<&Metric> = changes.iter().flat_map(|change| &change.metrics).collect();
        let written = write(tx, scope, &metrics).await?;
        let alerts: Vec<Move> = changes.iter().flat_map(|change| change.alerts.clone()).collect();
        let moved = alert::write(tx, Hours::of(scope.as_of).end, &alerts).await?;
        Ok(Counters {
            alerts_opened: moved.alerts_opened,
            alerts_closed: moved.alerts_closed,
            ..written
        })
    }

    async fn once_a_run(&self, tx: &mut PgConnection, as_of: DateTime<Utc>) -> Result<Counters> {
        system::measure(tx, as_of).await
    }

    fn diff(row: &Row, change: &Change) -> Diff {
        let http = http_of(&change.metrics, row.last.hour_at).map(|http| {
            json!({
                "requests": http.requests,
                "errorRate": http.error_rate.map(|rate| rate.to_string()),
                "meanMs": http.mean_ms,
                "p95Ms": http.p95_ms,
            })
        });
        Diff {
            before: row.shown.clone(),
            after: json!({"http": http, "mail": row.last.metric(None).details}),
        }
    }
}

/// How the whole application answered in an hour.
fn http_of(metrics: &[Metric], hour_at: DateTime<Utc>) -> Option<&Http> {
    let of_hour = metrics
        .iter()
        .find(|metric| metric.hour_at == hour_at && metric.scope == HTTP);
    of_hour.and_then(|metric| metric.http.as_ref())
}

async fn write(tx: &mut PgConnection, scope: &Scope<Setting>, metrics: &[&Metric]) -> Result<Counters> {
    let http = |of: fn(&Http) -> Option<i32>| column(metrics, |metric| metric.http.as_ref().and_then(of));
    let rate = |of: fn(&Http) -> Option<Decimal>| column(metrics, |metric| metric.http.as_ref().and_then(of));
    let written = sqlx::query_file!(
        "sql/performance-metrics/write.sql",
        scope.tenant.id,
        scope.as_of,
        &column(metrics, |metric| metric.hour_at),
        &column(metrics, |metric| metric.scope.as_str()) as &[&str],
        &http(|http| Some(http.requests)) as &[Option<i32>],
        &http(|http| Some(http.errors_4xx)) as &[Option<i32>],
        &http(|http| Some(http.errors_5xx)) as &[Option<i32>],
        &rate(|http| http.error_rate) as &[Option<Decimal>],
        &rate(|http| http.slow_share) as &[Option<Decimal>],
        &http(|http| http.mean_ms) as &[Option<i32>],
        &http(|http| http.p50_ms) as &[Option<i32>],
        &http(|http| http.p95_ms) as &[Option<i32>],
        &http(|http| http.p99_ms) as &[Option<i32>],
        &http(|http| Some(http.max_ms)) as &[Option<i32>],
        &http(|http| Some(http.peak_per_minute)) as &[Option<i32>],
        &column(metrics, |metric| metric.details.clone())
    )
    .fetch_one(tx)
    .await
    .context("write the metrics")?;
    Ok(Counters {
        rows_written: written.written.try_into()?,
        rows_unchanged: written.unchanged.try_into()?,
        ..Counters::default()
    })
}

#[cfg(test)]
mod tests;
