//! Somebody's week by the timer.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use rust_decimal::Decimal;
use serde::Deserialize;
use shared::{calendar, job::Reason};
use sqlx::postgres::{PgTypeInfo, Postgres};
use uuid::Uuid;

use super::SUNDAY_EVENING;
use crate::{goal::Priority, rate, reminder::person::after};

/// So many dates of a streak are looked at: a year.
pub const STREAK_MAX: u32 = 366;

/// Live sessions count in a streak on so many dates up to today's; those of earlier ones have been counted by the day.
const LIVE_DAYS: i64 = 3;

/// The week that ends at a slot, and the week before. Each begins where the one before ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weeks {
    /// When the week before began.
    pub before: DateTime<Utc>,
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
}

/// A focus session that has ended, in the order of the read query's fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Decode)]
pub struct Session {
    pub ended_at: DateTime<Utc>,
    /// Eight hours at most.
    pub seconds: i32,
    pub is_counted: bool,
    pub is_completed: bool,
}

impl sqlx::Type<Postgres> for Session {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("record")
    }
}

/// A goal that was completed.
#[derive(Debug, Clone, Deserialize)]
pub struct Reached {
    pub id: Uuid,
    pub title: String,
    pub completed_at: DateTime<Utc>,
}

/// An open goal with a date.
#[derive(Debug, Clone, Deserialize)]
pub struct Open {
    pub id: Uuid,
    pub title: String,
    pub priority: Priority,
    pub due_on: NaiveDate,
}

/// The dates on which somebody completed a session, as they were counted.
#[derive(Debug, Clone)]
pub struct Days {
    /// Those from `recent_from` on.
    pub recent: Vec<NaiveDate>,
    pub recent_from: NaiveDate,
    /// How many in a row there are up to the day before.
    pub earlier: i64,
}

/// What somebody did in two weeks.
#[derive(Debug, Clone)]
pub struct History {
    pub sessions: Vec<Session>,
    pub reached: Vec<Reached>,
    pub open: Vec<Open>,
    pub days: Days,
}

/// A row of `productivity.user_weekly_review`, and what its rate is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    pub focus_seconds: i32,
    pub previous_focus_seconds: i32,
    pub sessions_completed: i32,
    /// Those, and the cancelled and expired ones.
    pub sessions_ended: i32,
    pub goals_completed: i32,
    /// Dates. A week from one evening to the next has parts of eight.
    pub active_days: i32,
    /// Dates in a row, up to today or yesterday.
    pub streak: i32,
    pub completion_rate: Option<Decimal>,
    pub best_day: Option<NaiveDate>,
    pub has_comparison: bool,
}

impl Weeks {
    /// The weeks up to the slot that has begun on the wall of a zone, if it is its turn.
    pub fn at(as_of: DateTime<Utc>, zone: Tz) -> Option<Self> {
        let slot = SUNDAY_EVENING.began(as_of.with_timezone(&zone).naive_local())?;
        Some(Self::up_to(slot, zone))
    }

    /// Weeks by the calendar: an hour shorter or longer where clocks were changed.
    fn up_to(slot: NaiveDateTime, zone: Tz) -> Self {
        let weeks_ago = |weeks| calendar::first_instant(slot - TimeDelta::weeks(weeks), zone);
        Self {
            before: weeks_ago(2),
            start: weeks_ago(1),
            end: weeks_ago(0),
        }
    }

    pub fn has(&self, instant: DateTime<Utc>) -> bool {
        (self.start..self.end).contains(&instant)
    }

    fn had_before(&self, instant: DateTime<Utc>) -> bool {
        (self.before..self.start).contains(&instant)
    }
}

impl Days {
    fn have(&self, date: NaiveDate) -> bool {
        match (self.recent_from - date).num_days() {
            ..=0 => self.recent.contains(&date),
            days_before => days_before <= self.earlier,
        }
    }
}

impl Review {
    /// The review of somebody's week by his own dates. None: he did nothing, nor did he in the week before.
    ///
    /// # Errors
    /// When a number is more than a review can hold.
    pub fn of(
        history: &History,
        weeks: Weeks,
        created_at: DateTime<Utc>,
        as_of: DateTime<Utc>,
        zone: Tz,
    ) -> Result<Option<Self>, Reason> {
        let (week, before): (Vec<&Session>, Vec<&Session>) = history
            .sessions
            .iter()
            .filter(|session| weeks.has(session.ended_at) || weeks.had_before(session.ended_at))
            .partition(|session| weeks.has(session.ended_at));
        let goals = |is_in: fn(&Weeks, DateTime<Utc>) -> bool| {
            let reached = history.reached.iter();
            reached.filter(|goal| is_in(&weeks, goal.completed_at)).count()
        };
        let is_silent = |sessions: &[&Session], goals| completed(sessions) == 0 && goals == 0;
        if is_silent(&week, goals(Weeks::has)) && is_silent(&before, goals(Weeks::had_before)) {
            return Ok(None);
        }
        let seconds_by_day = seconds_by_day(&week, zone);
        Ok(Some(Self {
            focus_seconds: held(focus_seconds(&week))?,
            previous_focus_seconds: held(focus_seconds(&before))?,
            sessions_completed: held(completed(&week))?,
            sessions_ended: held(week.len())?,
            goals_completed: held(goals(Weeks::has))?,
            active_days: held(seconds_by_day.len())?,
            streak: held(streak(history, calendar::local_date(as_of, zone), zone))?,
            completion_rate: rate::rate(completed(&week), week.len()),
            best_day: best_day(&seconds_by_day),
            has_comparison: created_at < weeks.before,
        }))
    }
}

/// A number as the table keeps it.
fn held<N: TryInto<i32>>(number: N) -> Result<i32, Reason> {
    number
        .try_into()
        .map_err(|_| Reason::from("a week of so much focus is more than a review can hold"))
}

fn completed(sessions: &[&Session]) -> usize {
    sessions.iter().filter(|session| session.is_completed).count()
}

fn focus_seconds(sessions: &[&Session]) -> i64 {
    let counted = sessions.iter().filter(|session| session.is_counted);
    counted.map(|session| i64::from(session.seconds)).sum()
}

/// The focus time of each date on which a session that counts ended.
fn seconds_by_day(sessions: &[&Session], zone: Tz) -> BTreeMap<NaiveDate, i64> {
    let mut days = BTreeMap::new();
    for session in sessions.iter().filter(|session| session.is_counted) {
        *days
            .entry(calendar::local_date(session.ended_at, zone))
            .or_default() += i64::from(session.seconds);
    }
    days
}

/// The date with the most focus time; of those that have it, the first.
fn best_day(days: &BTreeMap<NaiveDate, i64>) -> Option<NaiveDate> {
    let best = days.iter().rev().max_by_key(|(_, seconds)| **seconds);
    best.map(|(date, _)| *date)
}

/// How many dates in a row have a completed session, up to today's, or up to yesterday's while today may still get one.
fn streak(history: &History, today: NaiveDate, zone: Tz) -> usize {
    let live: BTreeSet<NaiveDate> = history
        .sessions
        .iter()
        .filter(|session| session.is_completed)
        .map(|session| calendar::local_date(session.ended_at, zone))
        .filter(|date| *date > after(today, -LIVE_DAYS))
        .collect();
    let has_session = |date: &NaiveDate| live.contains(date) || history.days.have(*date);
    let dates = (0..i64::from(STREAK_MAX)).map(|days| after(today, -days));
    dates
        .skip(usize::from(!has_session(&today)))
        .take_while(has_session)
        .count()
}

#[cfg(test)]
mod tests;
