//! A company's week, and the heat map of its hours.

use anyhow::{Context, Result};
use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};
use shared::job::Scope;
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use super::{
    Dates,
    cohort::{Cohort, Pool},
    midnight,
};
use crate::{
    company::{Company, Zones},
    plan,
    rate::{quotient, rate},
    rows::Rows,
};

/// What is counted in a week. Users of whom the company's numbers are, and their sessions and goals.
#[derive(Debug, Clone)]
pub struct Week {
    pub start: NaiveDate,
    /// Who was active on any day of it.
    pub wau: i32,
    pub new_users: i32,
    /// Those active, by what they were before: created in the week, active in the week before it, or neither.
    pub new_active: i32,
    pub retained: i32,
    pub resurrected: i32,
    /// Who was active in the week before, and not in it.
    pub dormant: i32,
    /// How many were active on exactly 1, 2, … 7 days.
    pub active_days_histogram: Vec<i32>,
    /// Focus sessions that ended in the week.
    pub completed: i32,
    pub cancelled: i32,
    pub expired: i32,
    pub focus_users: i32,
    pub focus_seconds: i64,
    pub p50_session_seconds: Option<i32>,
    pub by_type: Value,
    pub goals_created: i32,
    pub goals_completed: i32,
    /// At the end of the week.
    pub goals_overdue: i32,
    /// Focus sessions that began in the week.
    pub cells: Cells,
    /// Time zones that no name of is known, and how many users who began a session have set them.
    pub unknown_zones: Vec<(String, i32)>,
    /// Cohorts whose day 1, 7 or 30 lies in the week.
    pub day_1: Pool,
    pub day_7: Pool,
    pub day_30: Pool,
    /// What a dry run shows of the stored row, if there is one.
    pub stored: Option<Value>,
}

/// How many focus sessions began on a weekday (0 = Sunday) and in an hour of the users' own clocks: columns of the cells
/// above 0.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cells {
    pub dows: Vec<i16>,
    pub hours: Vec<i16>,
    pub sessions: Vec<i32>,
}

/// A week with what follows from its counts.
pub struct Metric {
    pub week: Week,
    pub completion_rate: Option<Decimal>,
    pub quick_ratio: Option<Decimal>,
    pub peak_hour: Option<i16>,
    pub peak_dow: Option<i16>,
    pub d1_rate: Option<Decimal>,
    pub d7_rate: Option<Decimal>,
    pub d30_rate: Option<Decimal>,
}

impl Metric {
    pub fn of(week: &Week) -> Self {
        let retained = |pool: Pool| rate(pool.retained, pool.size);
        let ended = i64::from(week.completed) + i64::from(week.cancelled) + i64::from(week.expired);
        let gained = i64::from(week.new_active) + i64::from(week.resurrected);
        Self {
            completion_rate: rate(week.completed, ended),
            quick_ratio: quotient(gained, week.dormant, 4),
            peak_hour: week.cells.peak(&week.cells.hours),
            peak_dow: week.cells.peak(&week.cells.dows),
            d1_rate: retained(week.day_1),
            d7_rate: retained(week.day_7),
            d30_rate: retained(week.day_30),
            week: week.clone(),
        }
    }

    /// Writes the row, unless it stands so.
    pub async fn write(&self, tx: &mut PgConnection, scope: &Scope<Company>) -> Result<Rows> {
        let week = &self.week;
        let written = sqlx::query_file!(
            "sql/weekly-aggregation/write_week.sql",
            scope.tenant.id,
            week.start,
            scope.as_of,
            week.wau,
            week.new_users,
            week.retained,
            week.resurrected,
            week.dormant,
            week.new_active,
            week.completed,
            week.cancelled,
            week.expired,
            week.focus_users,
            week.goals_created,
            week.goals_completed,
            week.goals_overdue,
            week.focus_seconds,
            self.completion_rate,
            self.quick_ratio,
            week.p50_session_seconds,
            week.by_type,
            &week.active_days_histogram,
            self.peak_hour,
            self.peak_dow,
            week.day_1.size,
            week.day_1.retained,
            week.day_7.size,
            week.day_7.retained,
            week.day_30.size,
            week.day_30.retained,
            self.d1_rate,
            self.d7_rate,
            self.d30_rate
        )
        .execute(tx)
        .await
        .context("write the week")?;
        Rows::of(1, i64::try_from(written.rows_affected())?, 0)
    }
}

impl Week {
    /// How many users who began a session have set a zone that nobody knows.
    pub fn fallbacks(&self, zones: &Zones) -> u64 {
        let unknown = self.unknown_zones.iter();
        let unknown = unknown.filter(|(name, _)| zones.of(name).is_fallback);
        unknown.map(|(_, users)| u64::from(users.unsigned_abs())).sum()
    }

    /// What a dry run shows.
    pub fn shown(&self) -> Value {
        json!({
            "wau": self.wau, "newUsers": self.new_users, "sessionsCompleted": self.completed,
            "focusSeconds": self.focus_seconds, "goalsCompleted": self.goals_completed,
        })
    }
}

impl Cells {
    /// The row or column with the most sessions, the smallest of several. None: there is no session.
    pub fn peak(&self, lines: &[i16]) -> Option<i16> {
        let mut sums = std::collections::BTreeMap::<i16, i64>::new();
        for (line, sessions) in lines.iter().zip(&self.sessions) {
            *sums.entry(*line).or_default() += i64::from(*sessions);
        }
        // Of equals it is the last one that is the largest.
        let largest = sums.into_iter().rev().max_by_key(|(_, sum)| *sum);
        largest.map(|(line, _)| line)
    }

    /// Writes a week's cells, and deletes those that are no more.
    pub async fn write(&self, tx: &mut PgConnection, tenant: Uuid, week: NaiveDate) -> Result<Rows> {
        let written = sqlx::query_file!(
            "sql/weekly-aggregation/write_heatmap.sql",
            tenant,
            week,
            &self.dows,
            &self.hours,
            &self.sessions
        )
        .fetch_one(tx)
        .await
        .context("write the heat map")?;
        Rows::of(self.sessions.len(), written.written, written.deleted)
    }
}

/// Reads a company's week; `cohorts` are all of the run's.
pub async fn read(
    tx: &mut PgConnection,
    scope: &Scope<Company>,
    dates: Dates,
    cohorts: &[Cohort],
) -> Result<Week> {
    let zones = &scope.settings.zones;
    let known: Map<String, Value> = zones
        .known()
        .map(|(name, zone)| (name.to_owned(), json!(Zones::in_sql(zone))))
        .collect();
    let pool = |day_n| Pool::of(cohorts, day_n, dates.start, dates.end);
    plan::join_by_hash(tx).await?;
    let week = sqlx::query_file!(
        "sql/weekly-aggregation/week.sql",
        scope.tenant.id,
        dates.start,
        dates.end,
        midnight(dates.start),
        midnight(dates.end),
        Json(known) as Json<Map<String, Value>>,
        Zones::in_sql(zones.own)
    )
    .map(|row| Week {
        start: dates.start,
        wau: row.wau,
        new_users: row.new_users,
        new_active: row.new_active,
        retained: row.retained,
        resurrected: row.resurrected,
        dormant: row.dormant,
        active_days_histogram: row.active_days_histogram,
        completed: row.completed,
        cancelled: row.cancelled,
        expired: row.expired,
        focus_users: row.focus_users,
        focus_seconds: row.focus_seconds,
        p50_session_seconds: row.p50_session_seconds,
        by_type: row.by_type,
        goals_created: row.goals_created,
        goals_completed: row.goals_completed,
        goals_overdue: row.goals_overdue,
        cells: Cells {
            dows: row.dows,
            hours: row.hours,
            sessions: row.sessions,
        },
        unknown_zones: row
            .unknown_zones
            .into_iter()
            .zip(row.users_of_unknown_zones)
            .collect(),
        day_1: pool(1),
        day_7: pool(7),
        day_30: pool(30),
        stored: row.stored,
    });
    week.fetch_one(tx).await.context("read the week")
}
