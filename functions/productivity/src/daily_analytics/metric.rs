//! A company's day in numbers, and the days before it.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use rust_decimal::Decimal;
use shared::{job::Scope, sql::column};
use sqlx::PgConnection;

use super::before;
use crate::{
    anomaly::Kind,
    company::{Company, Zones},
    plan,
};

/// Whoever was active in the last so many days counts as of the month.
const MONTH: u64 = 30;

/// A day in UTC, as `productivity.daily_metric` has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metric {
    pub day: NaiveDate,
    pub dau: i32,
    pub wau: i32,
    pub mau: i32,
    pub new_users: i32,
    pub sessions_started: i32,
    pub sessions_completed: i32,
    pub sessions_cancelled: i32,
    pub sessions_expired: i32,
    pub sessions_counted: i32,
    pub focus_users: i32,
    pub outliers_capped: i32,
    pub goals_created: i32,
    pub goals_completed: i32,
    pub goals_overdue_open: i32,
    pub mails_failed: i32,
    pub focus_seconds: i64,
    pub stickiness: Option<Decimal>,
    pub dau_wau: Option<Decimal>,
    pub completion_rate: Option<Decimal>,
    pub on_time_rate: Option<Decimal>,
    pub avg_session_seconds: Option<i32>,
    pub p50_session_seconds: Option<i32>,
    pub p90_session_seconds: Option<i32>,
    pub max_session_seconds: Option<i32>,
    /// It does not change any more.
    pub is_final: bool,
}

/// The days that are known, stored or just measured.
pub type History = BTreeMap<NaiveDate, Metric>;

/// A number of a day that is compared with those of other days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figure {
    Dau,
    NewUsers,
    SessionsCompleted,
    FocusMinutes,
    GoalsCreated,
    GoalsCompleted,
    MailsFailed,
    CompletionRate,
}

impl Figure {
    /// Those of which trends are told.
    pub const MOVING: [Self; 6] = [
        Self::Dau,
        Self::NewUsers,
        Self::SessionsCompleted,
        Self::FocusMinutes,
        Self::GoalsCreated,
        Self::GoalsCompleted,
    ];
    /// Those that may be far from what they usually are.
    pub const JUDGED: [Self; 8] = [
        Self::Dau,
        Self::NewUsers,
        Self::SessionsCompleted,
        Self::FocusMinutes,
        Self::GoalsCreated,
        Self::GoalsCompleted,
        Self::MailsFailed,
        Self::CompletionRate,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Dau => "dau",
            Self::NewUsers => "new_users",
            Self::SessionsCompleted => "sessions_completed",
            Self::FocusMinutes => "focus_minutes",
            Self::GoalsCreated => "goals_created",
            Self::GoalsCompleted => "goals_completed",
            Self::MailsFailed => "mails_failed",
            Self::CompletionRate => "completion_rate",
        }
    }

    /// What it is on a day.
    pub fn of(self, metric: &Metric) -> Option<Decimal> {
        Some(match self {
            Self::Dau => metric.dau.into(),
            Self::NewUsers => metric.new_users.into(),
            Self::SessionsCompleted => metric.sessions_completed.into(),
            Self::FocusMinutes => metric.focus_seconds.div_euclid(60).into(),
            Self::GoalsCreated => metric.goals_created.into(),
            Self::GoalsCompleted => metric.goals_completed.into(),
            Self::MailsFailed => metric.mails_failed.into(),
            Self::CompletionRate => return metric.completion_rate,
        })
    }

    /// What kind of number it is on a day.
    pub fn kind(self, metric: &Metric) -> Kind {
        match self {
            Self::CompletionRate => Kind::Rate {
                base: i64::from(metric.sessions_completed)
                    + i64::from(metric.sessions_cancelled)
                    + i64::from(metric.sessions_expired),
            },
            _ => Kind::Count,
        }
    }
}

/// Reads the days that are stored of a time.
pub async fn history(
    tx: &mut PgConnection,
    scope: &Scope<Company>,
    first: NaiveDate,
    last: NaiveDate,
) -> Result<History> {
    let stored = sqlx::query_file_as!(
        Metric,
        "sql/daily-analytics/history.sql",
        scope.tenant.id,
        first,
        last
    );
    let stored = stored.fetch_all(tx).await.context("read the days before")?;
    Ok(stored.into_iter().map(|metric| (metric.day, metric)).collect())
}

/// Measures days, in ascending order. What happened on those up to `last_final` does not change any more.
pub async fn measure(
    tx: &mut PgConnection,
    scope: &Scope<Company>,
    days: &[NaiveDate],
    last_final: NaiveDate,
) -> Result<Vec<Metric>> {
    let (Some(first), Some(last)) = (days.first(), days.last()) else {
        return Ok(Vec::new());
    };
    plan::join_by_hash(tx).await?;
    let zones = &scope.settings.zones;
    let known: Vec<_> = zones.known().collect();
    let measured = sqlx::query_file_as!(
        Metric,
        "sql/daily-analytics/measure.sql",
        scope.tenant.id,
        days,
        &column(days, |day| begin(*day)),
        &column(days, |day| begin(*day + Days::new(1))),
        before(*first, MONTH - 1),
        *last,
        last_final,
        &column(&known, |(name, _)| *name) as &[&str],
        &column(&known, |(_, zone)| Zones::in_sql(*zone)) as &[&str],
        Zones::in_sql(zones.own)
    );
    measured.fetch_all(tx).await.context("measure the days")
}

/// The first instant of a day in UTC.
pub fn begin(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}
