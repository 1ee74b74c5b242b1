//! Tells how a company's people worked in the last six hours, how each of those who did usually works, and what of it is far
//! from usual.
//!
//! The users come first, page by page, and then the window.

mod profile;
mod user;
mod window;

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use shared::job::{Batch, Decision, Diff, Job, Limit, Reason, Scope, Tenant};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::company::Company;
pub use user::{Change as UserChange, User};
pub use window::{Change as WindowChange, Window};

/// How long a window is; the first of a day begins at midnight in UTC.
const SLOT: TimeDelta = TimeDelta::hours(6);
/// Whether somebody took a break is known when he has had two hours to go on.
const HINDSIGHT: TimeDelta = TimeDelta::hours(2);

/// The job.
pub struct UserBehavior;

/// How far the two passes have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cursor {
    User(Uuid),
    /// No user is left.
    Users,
}

/// A subject of either pass.
pub enum Row {
    User(User),
    Window(Box<Window>),
}

/// What is to be written for a subject of either pass.
pub enum Change {
    User(UserChange),
    Window(Box<WindowChange>),
}

shared::counters! {
    pub struct Counters {
        /// Of the window.
        sessions: u64,
        users_profiled: u64,
        /// Of the window, after the run.
        anomalies: u64,
        rows_written: u64,
        rows_unchanged: u64,
        timezone_fallbacks: u64,
    }
}

impl Job for UserBehavior {
    const NAME: &'static str = "user-behavior";
    const PRODUCT: &'static str = "productivity";
    const LOCK_ID: i32 = 482_240;

    type Settings = Company;
    type Cursor = Cursor;
    type Row = Row;
    type Change = Change;
    type Counters = Counters;

    /// None: half of what people did is not how they work.
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
        let user_after = match after {
            Some(Cursor::User(id)) => Some(*id),
            None | Some(Cursor::Users) => None,
        };
        if after != Some(&Cursor::Users) {
            let users = user::read(tx, scope, user_after, limit).await?;
            if let Some(last) = users.last() {
                let is_full = users.len() as i64 >= limit;
                return Ok(Batch {
                    next: Some(if is_full {
                        Cursor::User(last.id)
                    } else {
                        Cursor::Users
                    }),
                    rows: users.into_iter().map(Row::User).collect(),
                    counted: Counters::default(),
                });
            }
        }
        let window = window::read(tx, scope).await?;
        Ok(Batch {
            next: None,
            rows: vec![Row::Window(Box::new(window))],
            counted: Counters::default(),
        })
    }

    fn subject(row: &Row) -> String {
        match row {
            Row::User(user) => format!("user:{}", user.id),
            Row::Window(window) => format!("window:{}", window.name()),
        }
    }

    fn decide(scope: &Scope<Company>, row: &Row) -> Result<Decision<Change, Counters>, Reason> {
        match row {
            Row::User(user) => {
                let Decision { change, counted } = user.decide(&scope.settings);
                let change = change.map(Change::User);
                Ok(Decision { change, counted })
            }
            Row::Window(window) => {
                let Decision { change, counted } = window.decide();
                let change = change.map(|change| Change::Window(Box::new(change)));
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
        // A page is of one pass, and there is one window.
        if let [Change::Window(window)] = changes {
            return window::write(tx, scope, window).await;
        }
        let users: Vec<&UserChange> = changes
            .iter()
            .filter_map(|change| match change {
                Change::User(user) => Some(user),
                Change::Window(_) => None,
            })
            .collect();
        user::write(tx, scope, &users).await
    }

    fn diff(row: &Row, change: &Change) -> Diff {
        match (row, change) {
            (Row::User(user), Change::User(change)) => user.diff(change),
            (Row::Window(window), Change::Window(change)) => window.diff(change),
            _ => Diff {
                before: serde_json::Value::Null,
                after: serde_json::Value::Null,
            },
        }
    }
}

/// The end of the last window that has passed: 00, 06, 12 or 18 o'clock in UTC.
fn window_end(as_of: DateTime<Utc>) -> DateTime<Utc> {
    let seconds = as_of.timestamp();
    let whole = seconds - seconds.rem_euclid(SLOT.num_seconds());
    DateTime::from_timestamp(whole, 0).unwrap_or(as_of)
}

#[cfg(test)]
mod tests;
