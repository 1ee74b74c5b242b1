//! How the jobs and the database do: of the whole installation, once a run.

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use shared::job::Job;
use sqlx::PgConnection;

use super::{
    Counters, PerformanceMetrics,
    alert::{self, Standing, System, Verdict},
    hours::Hours,
};

/// Measures the system and judges its last full hour; alerts of tenants that nobody judges any more are resolved in time.
pub async fn measure(tx: &mut PgConnection, as_of: DateTime<Utc>) -> Result<Counters> {
    let hours = Hours::of(as_of);
    let measured = sqlx::query_file!(
        "sql/performance-metrics/system.sql",
        hours.before,
        hours.last,
        hours.end,
        as_of
    )
    .fetch_one(&mut *tx)
    .await
    .context("measure the system")?;
    let verdicts = alert::of_system(System {
        connections: measured.connections,
        max_connections: measured.max_connections,
        lateness: measured.lateness,
    });
    let rules = alert::rules_of_system();
    let alerts = sqlx::query_file_as!(
        Standing,
        "sql/performance-metrics/system_alerts.sql",
        PerformanceMetrics::NAME,
        PerformanceMetrics::PRODUCT,
        &rules
    )
    .fetch_all(&mut *tx)
    .await
    .context("read the system's alerts")?;
    let judged = alerts.into_iter().map(|alert| {
        let place = rules.iter().position(|rule| *rule == alert.rule);
        let verdict = place.map_or(Verdict::Unknown, |place| verdicts[place].clone());
        (alert, verdict)
    });
    let moved = alert::write(tx, hours.end, &alert::moves(judged, hours.end)).await?;
    Ok(Counters {
        scopes: measured.scopes.try_into()?,
        rows_written: measured.written.try_into()?,
        rows_unchanged: measured.unchanged.try_into()?,
        ..moved
    })
}
