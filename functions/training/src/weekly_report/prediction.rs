//! How many more weeks it may take: an estimate, from how steadily a user has trained since his last long break.
//!
//! Strength improves within about four weeks of training, and visible change takes six to twelve; how much longer it
//! takes whoever trains less steadily is a heuristic.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::due::Week;
use crate::{
    days::{Target, WINDOW_DAYS, before},
    history::Training,
    measure::{round1, rounded},
};

/// Weeks of training at the target up to the first gains, and up to what others see.
const STRENGTH_WEEKS: i64 = 4;
const VISIBLE_WEEKS: i64 = 8;

/// A year of weeks is looked at.
const YEAR_DAYS: u64 = 52 * 7;

/// So many days without training undo what was gained.
const BREAK_DAYS: i64 = 28;

/// A prediction, as `training.prediction` has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prediction {
    pub goal: String,
    pub consistency: Option<Decimal>,
    pub workouts_per_week: Decimal,
    pub effective_weeks: Decimal,
    pub strength_weeks: i64,
    pub visible_weeks: i64,
    pub milestone: &'static str,
    pub milestone_weeks: i64,
    pub delta: Option<i64>,
    pub delta_reason: &'static str,
}

/// The newest prediction of an earlier week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Previous {
    pub goal: String,
    pub strength_weeks: i64,
}

impl Prediction {
    /// The training must reach back for 52 weeks from the end of the week.
    pub fn of(
        week: Week,
        target: Target,
        goal: Option<&str>,
        training: &Training,
        previous: Option<&Previous>,
    ) -> Self {
        let goal = goal.unwrap_or("general");
        let end = week.end();
        let first = training.first.filter(|first| *first <= end);
        let of_days = first.map(|first| ((end - first).num_days() + 1).min(WINDOW_DAYS));
        let trained = training.days.count(before(end, WINDOW_DAYS as u64 - 1), end);
        let consistency = of_days.map(|of_days| target.consistency(trained, of_days));
        let a_week = of_days.map_or(Decimal::ZERO, |of_days| {
            Decimal::from(7 * trained) / Decimal::from(of_days)
        });
        let days = effective_days(week, target, training);
        let remaining = |weeks| remaining(weeks, target, days, consistency);
        let (strength_weeks, visible_weeks) = (remaining(STRENGTH_WEEKS), remaining(VISIBLE_WEEKS));
        let (milestone, milestone_weeks) = if strength_weeks > 0 {
            (first_milestone(goal), strength_weeks)
        } else if visible_weeks > 0 {
            ("First visible change", visible_weeks)
        } else {
            ("All first milestones reached", 0)
        };
        let (delta, delta_reason) = match previous {
            None => (None, "first_prediction"),
            Some(previous) if previous.goal != goal => (None, "goal_changed"),
            Some(previous) => match strength_weeks - previous.strength_weeks {
                delta if delta < 0 => (Some(delta), "improved"),
                0 => (Some(0), "no_change"),
                delta => (Some(delta), "extended"),
            },
        };
        Self {
            goal: goal.to_owned(),
            consistency,
            workouts_per_week: round1(a_week),
            effective_weeks: rounded(Decimal::from(days) / Decimal::from(target.days), 2),
            strength_weeks,
            visible_weeks,
            milestone,
            milestone_weeks,
            delta,
            delta_reason,
        }
    }
}

/// The days of training that count since the last long break: in each week no more than the target.
fn effective_days(week: Week, target: Target, training: &Training) -> i64 {
    let end = week.end();
    let dates = training.days.within(before(end, YEAR_DAYS - 1), end);
    match dates.last() {
        Some(last) if (end - *last).num_days() < BREAK_DAYS => {}
        _ => return 0,
    }
    let is_after_break = |pair: &[NaiveDate]| (pair[1] - pair[0]).num_days() > BREAK_DAYS;
    let begins_at = dates.windows(2).rposition(is_after_break).map_or(0, |at| at + 1);
    let block = dates.get(begins_at..).unwrap_or_default();
    block
        .chunk_by(|one, other| Week::before(*one) == Week::before(*other))
        .map(|of_week| target.days.min(of_week.len() as i64))
        .sum()
}

/// The weeks left of so many, at the pace that the consistency promises.
pub fn remaining(weeks: i64, target: Target, days: i64, consistency: Option<Decimal>) -> i64 {
    let at_least =
        |percent: i64| consistency.is_some_and(|consistency| consistency >= Decimal::from(percent));
    // In tenths.
    let pace = match () {
        () if at_least(80) => 8,
        () if at_least(60) => 10,
        () if at_least(40) => 13,
        () => 16,
    };
    let (missing, whole) = ((weeks * target.days - days) * pace, 10 * target.days);
    ((missing + whole - 1).div_euclid(whole)).max(0)
}

fn first_milestone(goal: &str) -> &'static str {
    match goal {
        "strength" => "First strength gains",
        "muscle" => "First visible muscle definition",
        "weight_loss" => "First 2-3 lb drop",
        _ => "First fitness milestone",
    }
}

#[cfg(test)]
mod tests;
