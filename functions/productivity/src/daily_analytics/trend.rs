//! A number that moved much against the weeks before.

use std::cmp::Ordering;

use chrono::{Days, NaiveDate};
use rust_decimal::Decimal;

use crate::{anomaly::decimal, rate::rounded};

/// Below this there is too little to speak of percentages.
const LEAST_PREVIOUS: i64 = 20;
const LEAST_MOVE: i64 = 5;
/// A move by a fifth is notable, one by a half significant.
const NOTABLE: i64 = 5;
const SIGNIFICANT: i64 = 2;
/// Of the four weeks before, so many have to have a value.
const LEAST_WEEKS: usize = 3;
/// What `metric_trend.change_pct` can hold.
const HIGHEST_CHANGE: Decimal = decimal(999_999_999, 1);

/// What a number is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// The same weekday a week before.
    LastWeek,
    /// The mean of that weekday in the four weeks before.
    FourWeeks,
}

/// A move that is worth telling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trend {
    /// With two decimals.
    pub previous: Decimal,
    pub current: Decimal,
    /// With one decimal.
    pub change_pct: Decimal,
    pub direction: &'static str,
    pub level: &'static str,
}

impl Basis {
    pub const ALL: [Self; 2] = [Self::LastWeek, Self::FourWeeks];

    pub fn name(self) -> &'static str {
        match self {
            Self::LastWeek => "last_week",
            Self::FourWeeks => "four_weeks",
        }
    }

    /// What a day's number is compared with. None: too few of those days have one.
    pub fn values(
        self,
        day: NaiveDate,
        value: impl Fn(NaiveDate) -> Option<Decimal>,
    ) -> Option<Vec<Decimal>> {
        let (weeks, least): (u64, _) = match self {
            Self::LastWeek => (1, 1),
            Self::FourWeeks => (4, LEAST_WEEKS),
        };
        let before = |week| day.checked_sub_days(Days::new(7 * week)).and_then(&value);
        let values: Vec<Decimal> = (1..=weeks).filter_map(before).collect();
        (values.len() >= least).then_some(values)
    }
}

impl Trend {
    /// Compares a number with the mean of earlier ones: exactly, with their sum in place of the mean. None: it is not worth
    /// telling.
    pub fn of(current: Decimal, earlier: &[Decimal]) -> Option<Self> {
        let count = Decimal::from(earlier.len());
        let sum: Decimal = earlier.iter().sum();
        let moved = current * count - sum;
        let reaches = |part: i64| moved.abs() * Decimal::from(part) >= sum;
        let is_worth_telling = !earlier.is_empty()
            && sum >= Decimal::from(LEAST_PREVIOUS) * count
            && moved.abs() >= Decimal::from(LEAST_MOVE) * count
            && reaches(NOTABLE);
        is_worth_telling.then(|| Self {
            previous: rounded(sum / count, 2),
            current,
            change_pct: rounded(Decimal::ONE_HUNDRED * moved / sum, 1).min(HIGHEST_CHANGE),
            direction: match moved.cmp(&Decimal::ZERO) {
                Ordering::Less => "down",
                Ordering::Equal | Ordering::Greater => "up",
            },
            level: if reaches(SIGNIFICANT) {
                "significant"
            } else {
                "notable"
            },
        })
    }
}

#[cfg(test)]
mod tests;
