//! How a user worked on his own dates.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use chrono::{Days, NaiveDate, TimeDelta};
use serde_json::{Map, Value, json};
use shared::{
    calendar,
    job::{Decision, Diff, Reason, Scope},
    sql::column,
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Counters, before, yesterday};
use crate::company::{Company, Zones};

/// What was told since then is new: four days, as long as the job may have been down without losing anything.
const TOLD_WITHIN: TimeDelta = TimeDelta::days(4);
/// The dates that are always looked at: those that any clock may still have shown of late, so many days before yesterday, and
/// tomorrow's, which is some users' today.
const DATES_BEFORE: u64 = 3;
const DATES_AFTER: Days = Days::new(1);
/// What ended on dates before this many days before yesterday is not summed up again.
const OLDEST: u64 = 60;

/// A user of whom something was told of late.
pub struct User {
    pub id: Uuid,
    /// '': he has set none.
    pub time_zone: String,
    dates: Vec<Date>,
}

/// One of his dates.
struct Date {
    day: NaiveDate,
    /// Ended ones, breaks too.
    sessions: i64,
    work: Work<i64>,
    stored: Option<Stored>,
    /// What is stored is the same.
    is_same: bool,
}

/// How he worked on a date.
#[derive(Debug, Clone)]
struct Work<Number> {
    completed: Number,
    cancelled: Number,
    expired: Number,
    counted: Number,
    focus_seconds: Number,
    breaks: Number,
    break_seconds: Number,
    by_type: Value,
}

/// As much of a stored date as an operator is shown.
#[derive(Debug, Clone, Copy)]
struct Stored {
    counted: i32,
    focus_seconds: i32,
}

/// The dates to write, and those to delete.
pub struct Change {
    id: Uuid,
    work: Vec<(NaiveDate, Work<i32>)>,
    gone: Vec<NaiveDate>,
}

/// Reads the next users of whom something was told of late, with their dates.
pub async fn read(
    tx: &mut PgConnection,
    scope: &Scope<Company>,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<User>> {
    let as_of = scope.as_of;
    let told_since = as_of - TOLD_WITHIN;
    let last = yesterday(as_of);
    let first = before(last, DATES_BEFORE);
    // Of each date that is looked at, all that ended on it.
    let since = |zone| {
        let oldest = first.min(calendar::local_date(told_since, zone));
        calendar::first_instant(oldest.into(), zone)
    };
    let zones = &scope.settings.zones;
    let known: Vec<_> = zones.known().collect();
    let dates = sqlx::query_file!(
        "sql/daily-analytics/read_users.sql",
        scope.tenant.id,
        after.unwrap_or_default(),
        after,
        limit,
        as_of,
        told_since,
        first,
        last.checked_add_days(DATES_AFTER),
        before(last, OLDEST),
        &column(&known, |(name, _)| *name) as &[&str],
        &column(&known, |(_, zone)| Zones::in_sql(*zone)) as &[&str],
        &column(&known, |(_, zone)| since(*zone)),
        Zones::in_sql(zones.own),
        since(zones.own)
    );
    // In the order of ids, as the page is; a sort of what was summed up would be the database's.
    let mut users: BTreeMap<Uuid, User> = BTreeMap::new();
    for row in dates.fetch_all(tx).await.context("read how users worked")? {
        let user = users.entry(row.user_id).or_insert_with(|| User {
            id: row.user_id,
            time_zone: row.time_zone,
            dates: Vec::new(),
        });
        let Some(day) = row.day else { continue };
        user.dates.push(Date {
            day,
            sessions: row.sessions,
            work: Work {
                completed: row.sessions_completed,
                cancelled: row.sessions_cancelled,
                expired: row.sessions_expired,
                counted: row.sessions_counted,
                focus_seconds: row.focus_seconds,
                breaks: row.break_sessions,
                break_seconds: row.break_seconds,
                by_type: row.by_type,
            },
            stored: row
                .stored_sessions
                .zip(row.stored_seconds)
                .map(|(counted, focus_seconds)| Stored {
                    counted,
                    focus_seconds,
                }),
            is_same: row.is_same,
        });
    }
    let mut users: Vec<User> = users.into_values().collect();
    for user in &mut users {
        user.dates.sort_unstable_by_key(|date| date.day);
    }
    Ok(users)
}

impl User {
    /// What of him is to be written: the dates that differ from what is stored.
    pub fn decide(&self, company: &Company) -> Result<Decision<Change, Counters>, Reason> {
        let mut change = Change {
            id: self.id,
            work: Vec::new(),
            gone: Vec::new(),
        };
        let mut rows_unchanged = 0;
        for date in &self.dates {
            match (date.sessions, date.is_same) {
                (0, _) if date.stored.is_none() => {}
                (0, _) => change.gone.push(date.day),
                (_, true) => rows_unchanged += 1,
                (_, false) => change.work.push((date.day, date.work.fit()?)),
            }
        }
        let has_change = !change.work.is_empty() || !change.gone.is_empty();
        Ok(Decision {
            change: has_change.then_some(change),
            counted: Counters {
                users_rolled_up: 1,
                rows_unchanged,
                timezone_fallbacks: company.zones.of(&self.time_zone).is_fallback.into(),
                ..Counters::default()
            },
        })
    }

    /// What an operator is shown: the dates that change.
    pub fn diff(&self, change: &Change) -> Diff {
        let shown = |counted: i32, seconds: i32| json!({"sessionsCounted": counted, "focusSeconds": seconds});
        let stored = |day: &NaiveDate| {
            let date = self.dates.iter().find(|date| date.day == *day);
            date.and_then(|date| date.stored)
                .map(|stored| shown(stored.counted, stored.focus_seconds))
                .unwrap_or_default()
        };
        let days = change.work.iter().map(|(day, _)| day).chain(&change.gone);
        let before: Map<_, _> = days.map(|day| (day.to_string(), stored(day))).collect();
        let work = change.work.iter();
        let written = work.map(|(day, work)| (day.to_string(), shown(work.counted, work.focus_seconds)));
        let gone = change.gone.iter().map(|day| (day.to_string(), Value::Null));
        Diff {
            before: before.into(),
            after: written.chain(gone).collect::<Map<_, _>>().into(),
        }
    }
}

impl Work<i64> {
    /// The same as a row holds it.
    fn fit(&self) -> Result<Work<i32>, Reason> {
        let fit = |number: i64| {
            i32::try_from(number)
                .map_err(|_| Reason::from("a date of so much work is more than a row can hold"))
        };
        Ok(Work {
            completed: fit(self.completed)?,
            cancelled: fit(self.cancelled)?,
            expired: fit(self.expired)?,
            counted: fit(self.counted)?,
            focus_seconds: fit(self.focus_seconds)?,
            breaks: fit(self.breaks)?,
            break_seconds: fit(self.break_seconds)?,
            by_type: self.by_type.clone(),
        })
    }
}

/// Writes the dates of users.
pub async fn write(tx: &mut PgConnection, scope: &Scope<Company>, changes: &[&Change]) -> Result<Counters> {
    let work: Vec<_> = changes
        .iter()
        .flat_map(|change| change.work.iter().map(|(day, work)| (change.id, *day, work)))
        .collect();
    let gone: Vec<_> = changes
        .iter()
        .flat_map(|change| change.gone.iter().map(|day| (change.id, *day)))
        .collect();
    let number = |of: fn(&Work<i32>) -> i32| column(&work, |(.., work)| of(work));
    let written = sqlx::query_file_scalar!(
        "sql/daily-analytics/write_users.sql",
        scope.tenant.id,
        scope.as_of,
        &column(&work, |(id, ..)| *id),
        &column(&work, |(_, day, _)| *day),
        &number(|work| work.completed),
        &number(|work| work.cancelled),
        &number(|work| work.expired),
        &number(|work| work.counted),
        &number(|work| work.focus_seconds),
        &number(|work| work.breaks),
        &number(|work| work.break_seconds),
        &column(&gone, |(id, _)| *id),
        &column(&gone, |(_, day)| *day),
        &column(&work, |(.., work)| &work.by_type) as &[&Value]
    );
    let written = written.fetch_one(tx).await.context("write how users worked")?;
    Ok(Counters {
        rows_written: written.try_into()?,
        ..Counters::default()
    })
}

#[cfg(test)]
mod tests;
