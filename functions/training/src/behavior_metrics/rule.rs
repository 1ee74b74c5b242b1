//! How a user trains, from what he did up to one of his days.

mod progress;
mod verdict;

use chrono::{NaiveDate, Weekday};
use rust_decimal::Decimal;

use crate::{
    days::{Target, WINDOW_DAYS, before, is_weekend_warrior},
    history::Training,
    measure::{Change, Mean, round1},
    mistake::{Mistake, Reason},
};
use progress::has_stalled;
use verdict::Verdict;

/// The longest gap is looked for in so many days.
const GAP_DAYS: u64 = 30;
/// And the weekday that is skipped in so many, which are whole weeks.
const SKIP_DAYS: u64 = 28;

/// Below so much consistency somebody may drop out (percent).
const LEAST_CONSISTENCY: i64 = 50;

/// Days of training in two weeks from which burnout threatens: at any length, and of long sessions (minutes).
const MOST_DAYS: i64 = 12;
const MANY_DAYS: i64 = 10;
const LONG_SESSION_MINUTES: i64 = 60;

/// Momentum rises above so many percent more than the week before, and falls below so many.
const RISING_PERCENT: i64 = 10;
const FALLING_PERCENT: i64 = -15;

/// A user's metrics, as `training.behavior_metric` has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metrics {
    pub days_last_7: i64,
    pub days_last_14: i64,
    pub volume_last_7: Decimal,
    pub volume_prev_7: Decimal,
    pub volume_delta_pct: Option<Decimal>,
    pub sets_last_7: i64,
    pub sets_prev_7: i64,
    pub average_minutes: Option<Decimal>,
    pub max_gap: i64,
    pub current_gap: i64,
    pub skip_day: Option<Weekday>,
    pub consistency: Decimal,
    pub dropout: Level,
    pub burnout: Level,
    pub momentum: Momentum,
    pub adherence: Adherence,
    pub mistake: Option<Mistake>,
    pub reasons: Vec<Reason>,
}

/// How great a risk is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Low,
    Medium,
    High,
}

/// Where a week leads, beside the week before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Momentum {
    Falling,
    Stable,
    Rising,
}

/// In which way somebody keeps at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adherence {
    Consistent,
    WeekendWarrior,
    Sporadic,
}

impl Metrics {
    /// The metrics of `today`, of a user whose first and newest days of training are these. The training must reach
    /// back for 42 days.
    pub fn of(
        today: NaiveDate,
        target: Target,
        first: NaiveDate,
        last: NaiveDate,
        training: &Training,
    ) -> Self {
        let days = &training.days;
        // The day of the run has hardly begun: it counts once somebody has trained on it.
        let anchor = if days.contains(today) {
            today
        } else {
            before(today, 1)
        };
        let since = |count: u64| before(anchor, count - 1);
        let history = (anchor - first).num_days() + 1;
        let of_days = history.min(WINDOW_DAYS);
        let week = (since(7), anchor);
        let week_before = (since(14), since(8));
        let fortnight = (since(14), anchor);

        let days_last_14 = days.count(fortnight.0, anchor);
        let volume = Change {
            before: training.volume(week_before.0, week_before.1),
            now: training.volume(week.0, week.1),
        };
        let sets = Change {
            before: training.sets(week_before.0, week_before.1).into(),
            now: training.sets(week.0, week.1).into(),
        };
        let average = training.average_minutes(fortnight.0, anchor);
        let gap_in_fortnight = days.gap(fortnight.0.max(first), anchor);
        let current_gap = (anchor - last).num_days();
        let consistency = target.consistency(days_last_14, of_days);

        let adherence = match days.within(fortnight.0, anchor) {
            [] => Adherence::Sporadic,
            dates if is_weekend_warrior(dates) => Adherence::WeekendWarrior,
            _ if gap_in_fortnight > target.medium_gap() => Adherence::Sporadic,
            _ => Adherence::Consistent,
        };
        let verdict = Verdict {
            target,
            of_days,
            days_last_14,
            expected: target.expected(of_days),
            gap: gap_in_fortnight,
            has_long_gap: gap_in_fortnight > target.medium_gap()
                && !(adherence == Adherence::WeekendWarrior && days_last_14 >= target.expected(of_days)),
            volume,
            average,
            burnout: burnout(target, days_last_14, average),
            has_stalled: has_stalled(training, anchor),
        };
        let mistake = verdict.mistake();
        Self {
            days_last_7: days.count(week.0, anchor),
            days_last_14,
            volume_last_7: round1(volume.now),
            volume_prev_7: round1(volume.before),
            volume_delta_pct: volume.percent(),
            sets_last_7: training.sets(week.0, week.1),
            sets_prev_7: training.sets(week_before.0, week_before.1),
            average_minutes: average.map(Mean::rounded),
            max_gap: days.gap(since(GAP_DAYS).max(first), anchor),
            current_gap,
            skip_day: days.skipped_most(since(SKIP_DAYS).max(first), anchor),
            consistency,
            dropout: dropout(target, days_last_14, current_gap, consistency),
            burnout: verdict.burnout,
            momentum: momentum(volume, sets, history),
            adherence,
            reasons: verdict.reasons(mistake),
            mistake,
        }
    }
}

fn dropout(target: Target, days_last_14: i64, current_gap: i64, consistency: Decimal) -> Level {
    if days_last_14 == 0 || current_gap >= target.big_gap() {
        Level::High
    } else if current_gap >= target.medium_gap() || consistency < Decimal::from(LEAST_CONSISTENCY) {
        Level::Medium
    } else {
        Level::Low
    }
}

fn burnout(target: Target, days_last_14: i64, average: Option<Mean>) -> Level {
    // One more than the target in two weeks, where that is possible.
    let most = (2 * target.days + 1).clamp(MOST_DAYS, WINDOW_DAYS);
    let are_long = average.is_some_and(|average| !average.is_below(LONG_SESSION_MINUTES));
    match days_last_14 {
        days if days >= most => Level::High,
        days if days >= MANY_DAYS && are_long => Level::Medium,
        _ => Level::Low,
    }
}

/// By volume, or by sets where no weight was moved, or by there being any where there were none.
fn momentum(volume: Change, sets: Change, history: i64) -> Momentum {
    let change = [volume, sets]
        .into_iter()
        .find(|change| change.before > Decimal::ZERO);
    match change {
        Some(change) if change.is_above(RISING_PERCENT) => Momentum::Rising,
        Some(change) if change.is_below(FALLING_PERCENT) => Momentum::Falling,
        None if sets.now > Decimal::ZERO && history > 7 => Momentum::Rising,
        _ => Momentum::Stable,
    }
}

impl Level {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

impl Momentum {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Falling => "falling",
            Self::Stable => "stable",
            Self::Rising => "rising",
        }
    }
}

impl Adherence {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Consistent => "consistent",
            Self::WeekendWarrior => "weekend_warrior",
            Self::Sporadic => "sporadic",
        }
    }
}

#[cfg(test)]
mod tests;
