//! The e-mail about a week.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Serialize;

use super::rule::{History, Open, Reached, Review, Weeks};
use crate::{
    goal::Day,
    rate,
    reminder::{
        Round,
        letter::{self, letter},
        person::after,
    },
    words::{self, Change, Percent, Span},
};

/// Goals of each kind that are named; the others are a number.
const NAMED_MAX: usize = 5;

/// A week before with less focus than this is too little to tell percent of it.
const COMPARABLE_SECONDS: i32 = 1800;

/// Fewer completed sessions than these of ten: they are planned too long.
const RATHER_COMPLETED_OF_TEN: i64 = 7;

/// A goal that is due today or within so many days after is due soon.
const SOON_DAYS: i64 = 7;

/// A week has parts of eight dates, but nobody is active on eight of seven days.
const WEEK_DAYS: i32 = 7;

/// How somebody's week went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    focus_seconds: Span,
    change: Option<Change>,
    sessions_completed: i32,
    completion_percent: Option<Percent>,
    active_days: i32,
    best_day: Option<Day>,
    streak: i32,
    goals_completed: i32,
    completed: Named<String>,
    due_soon: Named<Due>,
    overdue: Named<Due>,
    pub suggestion: &'static str,
    link: String,
}

/// The first goals, and how many there are beside them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Named<T> {
    goals: Vec<T>,
    more: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Due {
    title: String,
    due_on: Day,
}

impl Summary {
    /// The e-mail about a week, read on a date.
    pub fn of(review: &Review, history: &History, weeks: Weeks, today: NaiveDate, round: &Round<()>) -> Self {
        let mut completed: Vec<&Reached> = history.reached.iter().collect();
        completed.retain(|goal| weeks.has(goal.completed_at));
        completed.sort_by_key(|goal| (goal.completed_at, goal.id));
        let mut open: Vec<&Open> = history.open.iter().collect();
        open.sort_by(|one, other| order(one).cmp(&order(other)));
        let soon = today..=after(today, SOON_DAYS);
        let (overdue, open): (Vec<&Open>, Vec<&Open>) =
            open.into_iter().partition(|goal| goal.due_on < today);
        let due = |goal: &&Open| soon.contains(&goal.due_on);
        let due: Vec<&Open> = open.into_iter().filter(due).collect();
        Self {
            focus_seconds: Span(review.focus_seconds.into()),
            change: change(review),
            sessions_completed: review.sessions_completed,
            completion_percent: rate::quotient(
                100 * i64::from(review.sessions_completed),
                review.sessions_ended,
                1,
            )
            .map(Percent),
            active_days: review.active_days.min(WEEK_DAYS),
            best_day: review.best_day.map(Day),
            streak: review.streak,
            goals_completed: review.goals_completed,
            completed: Named::of(&completed, |goal| letter::one_line(&goal.title)),
            due_soon: Named::of(&due, Due::of),
            overdue: Named::of(&overdue, Due::of),
            suggestion: suggestion(review, !overdue.is_empty()),
            link: round.link("/dashboard"),
        }
    }
}

impl<T> Named<T> {
    fn of<Goal>(goals: &[&Goal], name: impl Fn(&Goal) -> T) -> Self {
        Self {
            goals: goals.iter().take(NAMED_MAX).map(|goal| name(goal)).collect(),
            more: goals.len().saturating_sub(NAMED_MAX),
        }
    }
}

impl Due {
    fn of(goal: &Open) -> Self {
        Self {
            title: letter::one_line(&goal.title),
            due_on: Day(goal.due_on),
        }
    }
}

/// Goals stand by date, the more important first, then by title (by code point) and id.
fn order(goal: &Open) -> impl Ord + '_ {
    (goal.due_on, goal.priority, goal.title.as_str(), goal.id)
}

/// How far the focus time is from that of the week before, in percent where that was enough.
fn change(review: &Review) -> Option<Change> {
    let (focus, previous) = (review.focus_seconds, review.previous_focus_seconds);
    let difference = i64::from(focus) - i64::from(previous);
    let percent = || rate::quotient(Decimal::from(100 * difference), previous, 1);
    match previous >= COMPARABLE_SECONDS {
        _ if !review.has_comparison => None,
        true => percent().map(Change::Percent),
        false => Some(Change::Seconds(difference)),
    }
}

/// One thing to try next week, the first that fits.
fn suggestion(review: &Review, has_overdue: bool) -> &'static str {
    let (completed, ended) = (review.sessions_completed, review.sessions_ended);
    if completed == 0 {
        "Start with one short session"
    } else if 10 * i64::from(completed) < RATHER_COMPLETED_OF_TEN * i64::from(ended) {
        "Try shorter sessions"
    } else if has_overdue {
        "Split the overdue goal into a smaller step"
    } else {
        "Keep this rhythm"
    }
}

letter!(
    Summary,
    "weekly_review.txt",
    "weekly_review.html",
    |week| format!(
        "Your week: {} focused, {} done",
        week.focus_seconds,
        words::goals(week.goals_completed)
    )
);

#[cfg(test)]
mod tests {
    use super::*;

    fn review(focus_seconds: i32, previous_focus_seconds: i32) -> Review {
        Review {
            focus_seconds,
            previous_focus_seconds,
            sessions_completed: 1,
            sessions_ended: 1,
            goals_completed: 0,
            active_days: 1,
            streak: 0,
            completion_rate: Some(Decimal::ONE),
            best_day: None,
            has_comparison: true,
        }
    }

    #[test]
    fn a_change_is_told_in_percent_of_half_an_hour_or_more() {
        for (focus, previous, expected) in [
            (2700, 1800, Some(Change::Percent(Decimal::from(50)))),
            (0, 1800, Some(Change::Percent(Decimal::from(-100)))),
            (1801, 1800, Some(Change::Percent(Decimal::new(1, 1)))),
            (2700, 1799, Some(Change::Seconds(901))),
            (0, 60, Some(Change::Seconds(-60))),
            (i32::MAX, 0, Some(Change::Seconds(i64::from(i32::MAX)))),
        ] {
            assert_eq!(change(&review(focus, previous)), expected, "{focus} {previous}");
            let new = Review {
                has_comparison: false,
                ..review(focus, previous)
            };
            assert_eq!(change(&new), None, "of somebody who is new");
        }
    }

    #[test]
    fn one_thing_is_suggested() {
        for (completed, ended, has_overdue, expected) in [
            (0, 0, true, "Start with one short session"),
            (0, 5, false, "Start with one short session"),
            (69, 100, true, "Try shorter sessions"),
            (7, 10, true, "Split the overdue goal into a smaller step"),
            (7, 10, false, "Keep this rhythm"),
            (i32::MAX, i32::MAX, false, "Keep this rhythm"),
        ] {
            let review = Review {
                sessions_completed: completed,
                sessions_ended: ended,
                ..review(60, 0)
            };
            assert_eq!(
                suggestion(&review, has_overdue),
                expected,
                "{completed} of {ended}"
            );
        }
    }
}
