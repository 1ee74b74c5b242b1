//! Sums up how each user worked on each of his own dates, and each of the company's days in UTC; says which numbers moved, and
//! which are far from what they usually are.
//!
//! A company's users come first, page by page, and then its days, the oldest one first.

mod day;
mod metric;
mod trend;
mod user;

use anyhow::Result;
use chrono::{DateTime, Days, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use shared::job::{Batch, Decision, Diff, Job, Limit, Reason, Scope, Tenant};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::company::Company;
pub use day::{Change as DayChange, Day};
pub use user::{Change as UserChange, User};

/// The job.
pub struct DailyAnalytics;

/// How far the two passes have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cursor {
    User(Uuid),
    /// No user is left.
    Day(NaiveDate),
}

/// A subject of either pass.
pub enum Row {
    User(User),
    Day(Box<Day>),
}

/// What is to be written for a subject of either pass.
pub enum Change {
    User(UserChange),
    Day(Box<DayChange>),
}

shared::counters! {
    pub struct Counters {
        users_rolled_up: u64,
        days_computed: u64,
        /// Days that do not change any more, and were left.
        days_final: u64,
        /// Of users' dates and of days.
        rows_written: u64,
        rows_unchanged: u64,
        /// Of the days computed, after the run.
        trends: u64,
        anomalies: u64,
        timezone_fallbacks: u64,
    }
}

impl Job for DailyAnalytics {
    const NAME: &'static str = "daily-analytics";
    const PRODUCT: &'static str = "productivity";
    const LOCK_ID: i32 = 482_237;

    type Settings = Company;
    type Cursor = Cursor;
    type Row = Row;
    type Change = Change;
    type Counters = Counters;

    /// None: half a day's numbers are wrong ones.
    fn limit(&self) -> Limit {
        Limit::Unsupported(Self::NAME)
    }

    async fn settings(
        &self,
        tx: &mut PgConnection,
        _as_of: DateTime<Utc>,
        tenant: &Tenant,
    ) -> Result<Company> {
        Company::read(tx, tenant).await
    }

    async fn read(
        &self,
        tx: &mut PgConnection,
        scope: &Scope<Company>,
        after: Option<&Cursor>,
        limit: i64,
    ) -> Result<Batch<Self>> {
        let days_after = match after {
            Some(Cursor::Day(day)) => *day,
            None | Some(Cursor::User(_)) => {
                let user_after = after.and_then(|cursor| cursor.user());
                let users = user::read(tx, scope, user_after, limit).await?;
                let before_days = day::before_all(yesterday(scope.as_of));
                if let Some(last) = users.last() {
                    let is_full = users.len() as i64 >= limit;
                    return Ok(Batch {
                        next: Some(if is_full {
                            Cursor::User(last.id)
                        } else {
                            Cursor::Day(before_days)
                        }),
                        rows: users.into_iter().map(Row::User).collect(),
                        counted: Counters::default(),
                    });
                }
                before_days
            }
        };
        let days = day::read(tx, scope, days_after, limit).await?;
        let next = days
            .last()
            .map(|day| day.day)
            .filter(|last| *last < yesterday(scope.as_of));
        Ok(Batch {
            next: next.map(Cursor::Day),
            rows: days.into_iter().map(|day| Row::Day(Box::new(day))).collect(),
            counted: Counters::default(),
        })
    }

    fn subject(row: &Row) -> String {
        match row {
            Row::User(user) => format!("user:{}", user.id),
            Row::Day(day) => format!("day:{}", day.day),
        }
    }

    fn decide(scope: &Scope<Company>, row: &Row) -> Result<Decision<Change, Counters>, Reason> {
        match row {
            Row::User(user) => {
                let Decision { change, counted } = user.decide(&scope.settings)?;
                let change = change.map(Change::User);
                Ok(Decision { change, counted })
            }
            Row::Day(day) => {
                let Decision { change, counted } = day.decide();
                let change = change.map(|change| Change::Day(Box::new(change)));
                Ok(Decision { change, counted })
            }
        }
    }

    async fn write(
        &self,
        tx: &mut PgConnection,
        scope: &Scope<Company>,
        changes: &[Change],
    ) -> Result<Counters> {
        // A page is of one pass.
        let users: Vec<&UserChange> = changes
            .iter()
            .filter_map(|change| match change {
                Change::User(user) => Some(user),
                Change::Day(_) => None,
            })
            .collect();
        if !users.is_empty() {
            return user::write(tx, scope, &users).await;
        }
        let days: Vec<&DayChange> = changes
            .iter()
            .filter_map(|change| match change {
                Change::Day(day) => Some(day.as_ref()),
                Change::User(_) => None,
            })
            .collect();
        day::write(tx, scope, &days).await
    }

    fn diff(row: &Row, change: &Change) -> Diff {
        match (row, change) {
            (Row::User(user), Change::User(change)) => user.diff(change),
            (Row::Day(day), Change::Day(change)) => day.diff(change),
            _ => Diff {
                before: serde_json::Value::Null,
                after: serde_json::Value::Null,
            },
        }
    }
}

impl Cursor {
    fn user(self) -> Option<Uuid> {
        match self {
            Self::User(id) => Some(id),
            Self::Day(_) => None,
        }
    }
}

/// The last day in UTC that has passed.
fn yesterday(as_of: DateTime<Utc>) -> NaiveDate {
    before(as_of.date_naive(), 1)
}

/// The date so many days before; the calendar has no end that a run's clock could show.
fn before(date: NaiveDate, days: u64) -> NaiveDate {
    date.checked_sub_days(Days::new(days)).unwrap_or(NaiveDate::MIN)
}

#[cfg(test)]
mod tests;
