//! Somebody's month by the timer and by his goals.

use std::{cmp::Reverse, collections::BTreeMap, ops::Range};

use chrono::{DateTime, NaiveDate, Utc, Weekday};
use chrono_tz::Tz;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use shared::{calendar, job::Reason};
use uuid::Uuid;

use super::{
    month::Month,
    work::{self, Session, Work},
};
use crate::{rate, reminder::person::after, words::Daypart};

/// Whoever joined on the last so many days of a month has none to be told of.
const TOO_SHORT_DAYS: i64 = 7;

/// Goals that are named for the time they took.
const TOP_GOALS: usize = 3;

/// Beyond it the table's `numeric(9, 1)` ends, and the month before is too little to compare with.
const CHANGE_END: Decimal = Decimal::from_parts(100_000_000, 0, 0, false, 0);

/// A goal that was not deleted.
#[derive(Debug, Clone, Deserialize)]
pub struct Goal {
    pub id: Uuid,
    pub title: String,
    pub is_completed: bool,
    pub is_cancelled: bool,
    pub due_on: Option<NaiveDate>,
    pub created_at: DateTime<Utc>,
    pub completed_at: Option<DateTime<Utc>>,
    /// When it was completed, cancelled or archived, whichever came first; far ahead where it was not.
    pub closed_at: DateTime<Utc>,
}

/// What somebody did in a month and in the one before.
#[derive(Debug, Clone)]
pub struct History {
    /// On a day of the month.
    pub is_active: bool,
    pub sessions: Vec<Session>,
    pub goals: Vec<Goal>,
}

/// A row of `productivity.user_monthly_report`, and what its rate is of.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    pub goals_created: i32,
    pub goals_completed: i32,
    pub goals_open_end: i32,
    pub overdue_end: i32,
    /// Due in the month, or completed in it with a date; and those of them that were completed by their date.
    pub goals_due: i32,
    pub goals_on_time: i32,
    pub on_time_rate: Option<Decimal>,
    pub sessions_completed: i32,
    pub focus_seconds: i32,
    pub active_days: i32,
    /// Dates in a row with a completed session.
    pub best_streak: i32,
    pub avg_session_seconds: Option<i32>,
    pub median_session_seconds: Option<i32>,
    pub longest_session_seconds: Option<i32>,
    pub per_active_day_seconds: Option<i32>,
    pub per_calendar_day_seconds: Option<i32>,
    pub best_weekday: Option<Weekday>,
    pub best_daypart: Option<Daypart>,
    /// None: there was no focus in the month before.
    pub focus_change_pct: Option<Decimal>,
    pub details: Details,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Details {
    pub top_goals: Vec<TopGoal>,
    /// Seconds that count.
    pub by_type: BTreeMap<String, i64>,
    /// When the person joined, if in the month.
    pub since: Option<NaiveDate>,
}

/// A goal that was worked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TopGoal {
    pub goal_id: Uuid,
    pub title: String,
    pub seconds: i64,
}

impl Report {
    /// The report of somebody's month by his own calendar. None: he joined too late in it, or was not active.
    ///
    /// # Errors
    /// When a number is more than a report can hold.
    pub fn of(
        history: &History,
        month: Month,
        created_at: DateTime<Utc>,
        zone: Tz,
    ) -> Result<Option<Self>, Reason> {
        let joined_on = calendar::local_date(created_at, zone);
        if joined_on > after(month.last(), -TOO_SHORT_DAYS) || !history.is_active {
            return Ok(None);
        }
        let instants = month.instants(zone);
        let ended_in = |range: Range<DateTime<Utc>>| {
            let sessions = history.sessions.iter();
            sessions.filter(move |session| range.contains(&session.ended_at))
        };
        let work = Work::of(ended_in(instants.clone()), zone);
        let previous = Work::of(ended_in(month.previous().instants(zone)), zone).seconds();
        let (focus, lengths, active_days) = (work.seconds(), work.lengths(), work.days().len());
        let completed = || ended_in(instants.clone()).filter(|session| session.is_completed);
        let completed_on = work::ended_on(completed(), zone);
        let goals = Goals::of(&history.goals, month, &instants, zone);
        Ok(Some(Self {
            goals_created: held(goals.created)?,
            goals_completed: held(goals.completed)?,
            goals_open_end: held(goals.open_end)?,
            overdue_end: held(goals.overdue_end)?,
            goals_due: held(goals.due)?,
            goals_on_time: held(goals.on_time)?,
            on_time_rate: rate::rate(goals.on_time, goals.due),
            sessions_completed: held(completed().count())?,
            focus_seconds: held(focus)?,
            active_days: held(active_days)?,
            best_streak: held(work::longest_run(
                completed_on.into_iter().filter(|date| month.has(*date)),
            ))?,
            avg_session_seconds: mean(focus, lengths.len())?,
            median_session_seconds: work::median(&lengths),
            longest_session_seconds: lengths.last().copied(),
            per_active_day_seconds: mean(focus, active_days)?,
            per_calendar_day_seconds: mean(focus, month.days())?,
            best_weekday: work.best_weekday(),
            best_daypart: work.best_daypart(),
            focus_change_pct: rate::quotient(100 * (focus - previous), previous, 1)
                .filter(|change| *change < CHANGE_END),
            details: Details {
                top_goals: top_goals(&work, &history.goals),
                by_type: work.seconds_by_type(),
                since: month.has(joined_on).then_some(joined_on),
            },
        }))
    }
}

/// A number as the table keeps it.
fn held<N: TryInto<i32>>(number: N) -> Result<i32, Reason> {
    number
        .try_into()
        .map_err(|_| Reason::from("a month of so much focus is more than a report can hold"))
}

/// Whole seconds. None: there is nothing to divide by.
fn mean(seconds: i64, number: impl Into<Decimal>) -> Result<Option<i32>, Reason> {
    rate::quotient(seconds, number, 0).map(held).transpose()
}

/// The goals that took the most time, of those that have not been deleted.
fn top_goals(work: &Work<'_>, goals: &[Goal]) -> Vec<TopGoal> {
    let seconds = work.seconds_by_goal();
    let top = |goal: &Goal| {
        Some(TopGoal {
            goal_id: goal.id,
            title: goal.title.clone(),
            seconds: *seconds.get(&goal.id)?,
        })
    };
    let mut goals: Vec<TopGoal> = goals.iter().filter_map(top).collect();
    goals.sort_by_key(|goal| (Reverse(goal.seconds), goal.goal_id));
    goals.truncate(TOP_GOALS);
    goals
}

/// Numbers of goals, as in a report.
#[derive(Default)]
struct Goals {
    created: usize,
    completed: usize,
    open_end: usize,
    overdue_end: usize,
    due: usize,
    on_time: usize,
}

impl Goals {
    fn of(goals: &[Goal], month: Month, instants: &Range<DateTime<Utc>>, zone: Tz) -> Self {
        let mut numbers = Self::default();
        for goal in goals {
            let completed_at = goal.completed_at.filter(|_| goal.is_completed);
            let is_completed = completed_at.is_some_and(|at| instants.contains(&at));
            let is_open = goal.created_at < instants.end && goal.closed_at >= instants.end;
            numbers.created += usize::from(instants.contains(&goal.created_at));
            numbers.completed += usize::from(is_completed);
            numbers.open_end += usize::from(is_open);
            let Some(due_on) = goal.due_on else { continue };
            numbers.overdue_end += usize::from(is_open && due_on <= month.last());
            if !goal.is_cancelled && (month.has(due_on) || is_completed) {
                let is_on_time = completed_at.is_some_and(|at| calendar::local_date(at, zone) <= due_on);
                numbers.due += 1;
                numbers.on_time += usize::from(is_on_time);
            }
        }
        numbers
    }
}

/// ISO: Monday is 1.
pub fn iso(weekday: Weekday) -> i16 {
    weekday.number_from_monday() as i16
}

#[cfg(test)]
mod tests;
