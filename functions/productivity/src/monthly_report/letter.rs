//! The e-mail about a month.

use chrono::Weekday;
use serde::Serialize;

use super::{
    month::Month,
    rule::{Report, TopGoal},
};
use crate::{
    goal::Day,
    rate,
    reminder::{
        Round,
        letter::{self, letter},
    },
    words::{self, Change, Daypart, Percent, Span},
};

/// How somebody's month went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// Its name.
    month: String,
    focus_seconds: Span,
    change: Option<Change>,
    sessions_completed: i32,
    avg_session_seconds: Option<Span>,
    longest_session_seconds: Option<Span>,
    active_days: i32,
    per_active_day_seconds: Option<Span>,
    per_calendar_day_seconds: Option<Span>,
    best_weekday: Option<&'static str>,
    best_daypart: Option<&'static str>,
    best_streak: i32,
    goals_created: i32,
    goals_completed: i32,
    on_time_percent: Option<Percent>,
    goals_open: i32,
    goals_overdue: i32,
    top_goals: Vec<Worked>,
    since: Option<Day>,
    link: String,
}

/// A goal that was worked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Worked {
    title: String,
    seconds: Span,
}

impl Account {
    pub fn of(report: &Report, month: Month, round: &Round<Month>) -> Self {
        Self {
            month: month.name(),
            focus_seconds: Span(report.focus_seconds.into()),
            change: report.focus_change_pct.map(Change::Percent),
            sessions_completed: report.sessions_completed,
            avg_session_seconds: span(report.avg_session_seconds),
            longest_session_seconds: span(report.longest_session_seconds),
            active_days: report.active_days,
            per_active_day_seconds: span(report.per_active_day_seconds),
            per_calendar_day_seconds: span(report.per_calendar_day_seconds),
            best_weekday: report.best_weekday.map(weekday),
            best_daypart: report.best_daypart.map(Daypart::name),
            best_streak: report.best_streak,
            goals_created: report.goals_created,
            goals_completed: report.goals_completed,
            on_time_percent: rate::quotient(100 * i64::from(report.goals_on_time), report.goals_due, 1)
                .map(Percent),
            goals_open: report.goals_open_end,
            goals_overdue: report.overdue_end,
            top_goals: report.details.top_goals.iter().map(Worked::of).collect(),
            since: report.details.since.map(Day),
            link: round.link(&format!("/analytics?month={}", month.key())),
        }
    }
}

impl Worked {
    fn of(goal: &TopGoal) -> Self {
        Self {
            title: letter::one_line(&goal.title),
            seconds: Span(goal.seconds),
        }
    }
}

fn span(seconds: Option<i32>) -> Option<Span> {
    seconds.map(|seconds| Span(seconds.into()))
}

fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Mon => "Monday",
        Weekday::Tue => "Tuesday",
        Weekday::Wed => "Wednesday",
        Weekday::Thu => "Thursday",
        Weekday::Fri => "Friday",
        Weekday::Sat => "Saturday",
        Weekday::Sun => "Sunday",
    }
}

letter!(
    Account,
    "monthly_report.txt",
    "monthly_report.html",
    |account| format!(
        "Your {} report: {} focused, {} completed",
        account.month,
        account.focus_seconds,
        words::goals(account.goals_completed)
    )
);
