//! Timers that nobody stopped. A forgotten timer is not work: it counts for as long as was planned, at most.

use anyhow::{Context, Result};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use shared::job::{Batch, Diff, Scope};
use shared::sql::column;
use sqlx::PgConnection;
use uuid::Uuid;

use super::part::Place;
use super::{Counters, DataCleanup, Row, Settings, cutoff};

/// Nobody works for longer without stopping the timer (whole seconds).
const RUNNING_MAX_SECONDS: i64 = 24 * 60 * 60;

/// Nobody comes back from a longer pause (days).
const PAUSED_MAX_DAYS: i64 = 7;

/// A timer that nobody stopped.
pub struct Timer {
    pub id: Uuid,
    pub user_id: Uuid,
    pub started_at: DateTime<Utc>,
    /// None: it is running.
    pub paused_at: Option<DateTime<Utc>>,
    /// All pauses before the present one.
    pub paused_seconds: i32,
    /// From 60 to 28,800.
    pub planned_seconds: i32,
}

/// What becomes of it.
#[derive(Debug, PartialEq, Eq)]
pub struct Expired {
    id: Uuid,
    paused_at: Option<DateTime<Utc>>,
    paused_seconds: i32,
    actual_seconds: i32,
    ended_at: DateTime<Utc>,
    /// From 0 to 100.
    completion_pct: i16,
}

impl Timer {
    /// How it ends: after what was planned, or sooner when it was paused sooner.
    pub fn expired(&self, as_of: DateTime<Utc>) -> Expired {
        let worked = self.paused_at.unwrap_or(as_of) - self.started_at;
        let worked = worked
            .num_microseconds()
            .unwrap_or_default()
            .div_euclid(1_000_000);
        let elapsed = worked - i64::from(self.paused_seconds);
        let planned = i64::from(self.planned_seconds);
        let actual = elapsed.clamp(0, planned.max(0));
        let pct = (100 * actual).checked_div(planned).unwrap_or_default();
        Expired {
            id: self.id,
            paused_at: self.paused_at,
            paused_seconds: self.paused_seconds,
            actual_seconds: i32::try_from(actual).unwrap_or(self.planned_seconds),
            ended_at: self.started_at + TimeDelta::seconds(i64::from(self.paused_seconds) + actual),
            completion_pct: i16::try_from(pct).unwrap_or_default(),
        }
    }

    pub fn diff(&self, expired: &Expired) -> Diff {
        let status = if self.paused_at.is_some() {
            "paused"
        } else {
            "running"
        };
        Diff {
            before: json!({"status": status}),
            after: json!({
                "status": "expired",
                "actual_seconds": expired.actual_seconds,
                "ended_at": expired.ended_at,
            }),
        }
    }
}

/// Reads the next timers that nobody stopped. None: there are no more.
pub async fn read(
    tx: &mut PgConnection,
    scope: &Scope<Settings>,
    place: &Place,
    size: i64,
) -> Result<Option<Batch<DataCleanup>>> {
    let after = place.after.clone().map(serde_json::from_value).transpose();
    let after: Option<Uuid> = after.context("read the place among the timers")?;
    let timers = sqlx::query_file_as!(
        Timer,
        "sql/data-cleanup/timers.sql",
        scope.tenant.id,
        scope.as_of,
        cutoff::days_before(scope.as_of, PAUSED_MAX_DAYS),
        RUNNING_MAX_SECONDS,
        after.unwrap_or_default(),
        after,
        size
    );
    let timers = timers.fetch_all(tx).await.context("read forgotten timers")?;
    let Some(last) = timers.last() else {
        return Ok(None);
    };
    let done = Place {
        after: Some(json!(last.user_id)),
        taken: place.taken + timers.len() as u64,
        ..place.clone()
    };
    let is_full = usize::try_from(size).is_ok_and(|size| timers.len() >= size);
    Ok(Some(Batch {
        next: Some(if is_full { done } else { done.of_next_part() }),
        rows: timers.into_iter().map(Row::Timer).collect(),
        counted: Counters {
            batches: 1,
            ..Counters::default()
        },
    }))
}

/// Ends timers, and says how many.
pub async fn write(tx: &mut PgConnection, scope: &Scope<Settings>, timers: &[&Expired]) -> Result<u64> {
    let expired = sqlx::query_file!(
        "sql/data-cleanup/expire.sql",
        scope.tenant.id,
        scope.as_of,
        &column(timers, |timer| timer.id),
        &column(timers, |timer| timer.paused_at) as &[Option<DateTime<Utc>>],
        &column(timers, |timer| timer.paused_seconds),
        &column(timers, |timer| timer.actual_seconds),
        &column(timers, |timer| timer.ended_at),
        &column(timers, |timer| timer.completion_pct)
    );
    let expired = expired.execute(tx).await.context("end forgotten timers")?;
    Ok(expired.rows_affected())
}
