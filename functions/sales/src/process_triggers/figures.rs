//! A customer's figures: how often it orders, how long it has not, and whether its revenue is falling.
//!
//! Dates are counted backwards: so many days ago, 0 for the run's own date.

use rust_decimal::{Decimal, RoundingStrategy::MidpointAwayFromZero};
use serde_json::Value;

/// Latest dates that the pace is taken from: six intervals.
pub const LATEST: i32 = 7;
/// How far back purchases are looked at: two years.
pub const HISTORY_DAYS: u32 = 730;

/// Below three dates there is one interval, and that is no pace.
const PACE_DATES: usize = 3;
/// A customer who has not bought for longer is lost, not dormant.
const DORMANT_MAX_DAYS: u32 = 365;
/// However slow a customer, three months without an order are noticed.
const DORMANT_PACE_MAX_DAYS: u32 = 90;
/// What a customer with a pace may be late: 30 % of it, a week at least.
const DORMANT_GRACE_DAYS: u32 = 7;
/// Whose orders still make a pattern: so many dates within so many days, and not too irregular.
const PATTERN_DAYS: u32 = 180;
const PATTERN_CV: f64 = 0.7;
/// The days whose revenue is compared, and the days before them that it is compared with.
pub const RECENT_DAYS: u32 = 90;
pub const BASE_DAYS: u32 = 275;
/// The same days a year ago end before the base period; they count for who bought already then.
pub const YEAR_AGO_DAYS: u32 = 455;
/// What a decline must be measured against to be worth a call.
const BASE_MIN: Decimal = Decimal::from_parts(50_000, 0, 0, false, 2);
const BASE_PURCHASES_MIN: i64 = 4;
/// Who is dormant belongs to the dormancy trigger, by its default.
const DORMANT_MIN_DAYS: u32 = 45;
/// How long after it was due a customer is still checked in with.
const OVERDUE_MAX_DAYS: u32 = 30;

/// What a customer bought within two years.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// The latest purchase dates, the latest first, [`LATEST`] at most.
    pub dates: Vec<u32>,
    /// The earliest purchase date.
    pub first: u32,
    pub recent_revenue: Decimal,
    pub base_revenue: Decimal,
    pub base_purchases: i64,
    pub year_ago_revenue: Decimal,
}

/// Days between a customer's orders: a median of whole days, so kept in halves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace(u32);

/// How late a customer is by its own pace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Warning,
    Critical,
}

/// A revenue that fell, and what it fell from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decline {
    pub revenue: Decimal,
    pub base: Decimal,
}

impl Pace {
    pub fn days(self) -> f64 {
        f64::from(self.0) / 2.0
    }

    /// Half away from zero.
    pub const fn rounded(self) -> u32 {
        self.0.div_ceil(2)
    }

    /// A whole number without a fraction.
    pub fn json(self) -> Value {
        match self.0 % 2 {
            0 => Value::from(self.0 / 2),
            _ => Value::from(self.days()),
        }
    }
}

impl Level {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "WARNING",
            Self::Critical => "CRITICAL",
        }
    }
}

impl Decline {
    /// How much of the base is gone, in percent with one decimal.
    pub fn percent(self) -> Decimal {
        let gone = (self.base - self.revenue) * Decimal::ONE_HUNDRED / self.base;
        gone.round_dp_with_strategy(1, MidpointAwayFromZero)
    }
}

impl History {
    /// Days since the latest purchase.
    pub fn since(&self) -> Option<u32> {
        self.dates.first().copied()
    }

    fn intervals(&self) -> Vec<u32> {
        let pairs = self.dates.windows(2);
        pairs.map(|pair| pair[1] - pair[0]).collect()
    }

    /// The median of the latest intervals.
    pub fn pace(&self) -> Option<Pace> {
        if self.dates.len() < PACE_DATES {
            return None;
        }
        let mut intervals = self.intervals();
        intervals.sort_unstable();
        let upper = intervals.len() / 2;
        let lower = (intervals.len() - 1) / 2;
        Some(Pace(intervals[lower] + intervals[upper]))
    }

    /// How irregular the latest intervals are: their population standard deviation by their mean.
    fn cv(&self) -> f64 {
        let intervals = self.intervals();
        let count = intervals.len() as f64;
        let mean = intervals.iter().sum::<u32>() as f64 / count;
        let squares = intervals
            .iter()
            .map(|interval| (f64::from(*interval) - mean).powi(2));
        rounded((squares.sum::<f64>() / count).sqrt() / mean)
    }

    /// Days until the next order by the customer's pace; negative when it is late.
    pub fn expected_in(&self) -> Option<i64> {
        Some(i64::from(self.pace()?.rounded()) - i64::from(self.since()?))
    }

    /// Days without an order from which on a customer is dormant.
    fn dormancy_threshold(&self, min_days: u32) -> u32 {
        let Some(Pace(halves)) = self.pace() else {
            return min_days;
        };
        let grace = (3 * halves).div_ceil(20).max(DORMANT_GRACE_DAYS);
        let by_pace = (halves + 2 * grace).min(2 * DORMANT_PACE_MAX_DAYS);
        by_pace.max(2 * min_days).div_ceil(2)
    }

    /// The threshold that a dormant customer is beyond.
    pub fn dormant(&self, min_days: u32) -> Option<u32> {
        let threshold = self.dormancy_threshold(min_days);
        let since = self.since()?;
        (threshold..=DORMANT_MAX_DAYS)
            .contains(&since)
            .then_some(threshold)
    }

    /// How late a customer of a regular pattern is, the higher level only.
    pub fn missed(&self, warn_factor: f64, crit_factor: f64, min_grace_days: u32) -> Option<Level> {
        let pace = self.pace()?.days();
        if self.dates[PACE_DATES - 1] > PATTERN_DAYS || self.cv() >= PATTERN_CV {
            return None;
        }
        let since = f64::from(self.since()?);
        let is_beyond = |factor: f64| since >= rounded((factor * pace).max(pace + f64::from(min_grace_days)));
        match (is_beyond(crit_factor), is_beyond(warn_factor)) {
            (true, _) => Some(Level::Critical),
            (false, true) => Some(Level::Warning),
            (false, false) => None,
        }
    }

    /// A revenue below what it was by more than `threshold`, 0.15 being 15 %.
    pub fn decline(&self, threshold: Decimal) -> Option<Decline> {
        let since = self.since()?;
        let base_days = self.first.saturating_sub(RECENT_DAYS).min(BASE_DAYS);
        if base_days < RECENT_DAYS
            || self.base_purchases < BASE_PURCHASES_MIN
            || since >= self.dormancy_threshold(DORMANT_MIN_DAYS)
        {
            return None;
        }
        let base = self.base_revenue * Decimal::from(RECENT_DAYS) / Decimal::from(base_days);
        let mut base = base.round_dp_with_strategy(2, MidpointAwayFromZero);
        // A seasonal dip is no alarm. Who began within the year has no season yet.
        if self.first >= YEAR_AGO_DAYS && self.year_ago_revenue > Decimal::ZERO {
            base = base.min(self.year_ago_revenue);
        }
        let floor = (base * (Decimal::ONE - threshold)).round_dp_with_strategy(6, MidpointAwayFromZero);
        let revenue = self.recent_revenue;
        (base >= BASE_MIN && revenue < floor).then_some(Decline { revenue, base })
    }

    /// Whether the next order is overdue by so many percent of the pace, and not for too long.
    pub fn is_overdue(&self, percentage: f64) -> bool {
        let (Some(pace), Some(expected_in)) = (self.pace(), self.expected_in()) else {
            return false;
        };
        let late = -(expected_in as f64) - rounded(pace.days() * percentage / 100.0).floor();
        (0.0..=f64::from(OVERDUE_MAX_DAYS)).contains(&late)
    }
}

/// To 6 decimals, before it is compared or cut to a whole number: 1.1 times 50 is 55.
fn rounded(figure: f64) -> f64 {
    (figure * 1e6).round() / 1e6
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A customer who bought `since` days ago and before that at these intervals, the latest first.
    fn bought(since: u32, intervals: &[u32]) -> History {
        let mut dates = vec![since];
        for interval in intervals {
            dates.push(dates[dates.len() - 1] + interval);
        }
        History {
            first: *dates.last().unwrap(),
            dates,
            ..History::default()
        }
    }

    #[test]
    fn the_pace_is_the_median_of_the_intervals_and_needs_two_of_them() {
        for (intervals, pace, cv) in [
            (&[7, 7, 8, 21][..], Some(15), 0.551_805),
            (&[14, 14, 14, 14], Some(28), 0.0),
            (&[21, 7], Some(28), 0.5),
            (&[1, 2, 100], Some(4), 1.352_480),
            (&[30], None, 0.0),
            (&[], None, f64::NAN),
        ] {
            let history = bought(3, intervals);
            assert_eq!(history.pace(), pace.map(Pace), "{intervals:?}");
            if !intervals.is_empty() {
                assert!(
                    (history.cv() - cv).abs() < 2e-6,
                    "{intervals:?}: {}",
                    history.cv()
                );
            }
        }
        assert_eq!(Pace(15).json(), serde_json::json!(7.5));
        assert_eq!(Pace(28).json(), serde_json::json!(14));
        assert_eq!((Pace(15).rounded(), Pace(14).rounded()), (8, 7));
    }

    #[test]
    fn the_dormancy_threshold_follows_the_pace_between_its_minimum_and_90_days() {
        for (pace, min_days, threshold) in [
            (14, 45, 45),
            (38, 45, 50),
            (50, 45, 65),
            (70, 45, 90),
            (120, 45, 90),
            (120, 100, 100),
            (14, 7, 21),
            (23, 7, 30),
            (24, 7, 32),
        ] {
            assert_eq!(
                bought(0, &[pace; 3]).dormancy_threshold(min_days),
                threshold,
                "{pace}"
            );
        }
        assert_eq!(bought(0, &[50]).dormancy_threshold(45), 45, "no pace");
        // Pace 7.5: 7.5 + 7 = 14.5, and there are whole days only.
        assert_eq!(bought(0, &[7, 7, 8, 21]).dormancy_threshold(7), 15);
    }

    #[test]
    fn a_customer_is_dormant_from_the_threshold_up_to_a_year() {
        for (since, dormant) in [(44, None), (45, Some(45)), (365, Some(45)), (366, None)] {
            assert_eq!(bought(since, &[]).dormant(45), dormant, "{since}");
        }
        assert_eq!(bought(64, &[50; 3]).dormant(45), None);
        assert_eq!(bought(65, &[50; 3]).dormant(45), Some(65));
        assert_eq!(History::default().dormant(7), None, "never bought");
    }

    #[test]
    fn an_order_is_missed_from_each_factor_on_and_after_the_grace() {
        use Level::{Critical, Warning};
        for (since, pace, level) in [
            (16, 14, None),
            (17, 14, Some(Warning)),
            (20, 14, Some(Warning)),
            (21, 14, Some(Critical)),
            (54, 50, None),
            (59, 50, None),
            (60, 50, Some(Warning)),
            (74, 50, Some(Warning)),
            (75, 50, Some(Critical)),
            // The grace is longer than half the pace.
            (6, 4, None),
            (7, 4, Some(Critical)),
        ] {
            assert_eq!(
                bought(since, &[pace; 2]).missed(1.2, 1.5, 3),
                level,
                "{since} {pace}"
            );
        }
        // 1.1 times 50 is 55.000000000000007 in binary.
        assert_eq!(bought(55, &[50; 2]).missed(1.1, 5.0, 0), Some(Warning));
    }

    #[test]
    fn a_pattern_needs_three_dates_within_180_days_and_a_cv_below_0_7() {
        let missed = |history: &History| history.missed(1.0, 5.0, 0).is_some();
        assert!(missed(&bought(60, &[60, 60])), "the third 180 days ago");
        assert!(!missed(&bought(60, &[60, 61])), "181 days ago");
        assert!(!missed(&bought(90, &[60])), "two dates");
        // Two intervals a and b have a cv of |a - b| / (a + b).
        assert!(missed(&bought(50, &[17, 83])), "0.66");
        assert!(!missed(&bought(50, &[15, 85])), "0.7 exactly");
    }

    /// 27,500.00 over 275 days: 9,000.00 in 90.
    fn falling(revenue: &str) -> History {
        History {
            first: 400,
            recent_revenue: revenue.parse().unwrap(),
            base_revenue: "27500.00".parse().unwrap(),
            base_purchases: 10,
            ..bought(12, &[60, 60])
        }
    }

    fn is_falling(history: &History) -> bool {
        history.decline(Decimal::new(150, 3)).is_some()
    }

    #[test]
    fn revenue_declines_below_the_threshold_of_its_base() {
        let declined = falling("7649.99").decline(Decimal::new(150, 3)).unwrap();
        assert_eq!(
            (declined.base.to_string(), declined.percent().to_string()),
            ("9000.00".into(), "15.0".into())
        );
        assert!(!is_falling(&falling("7650.00")), "exactly 15 %");
        assert!(
            falling("-100.00").decline(Decimal::new(9, 1)).is_some(),
            "credit notes"
        );
    }

    #[test]
    fn each_condition_of_a_decline_has_its_near_miss() {
        let with = |change: fn(&mut History)| {
            let mut history = falling("100.00");
            change(&mut history);
            is_falling(&history)
        };
        assert!(with(|_| {}));
        assert!(with(|h| h.base_purchases = 4) && !with(|h| h.base_purchases = 3));
        // 90 days of base period at least: 500.00 within them is 500.00.
        assert!(with(|h| {
            h.first = 180;
            h.base_revenue = Decimal::from(500)
        }));
        assert!(!with(|h| {
            h.first = 179;
            h.base_revenue = Decimal::from(500)
        }));
        assert!(!with(|h| {
            h.first = 180;
            h.base_revenue = Decimal::new(49_999, 2)
        }));
        // The base period is 275 days at most.
        assert!(with(|h| {
            h.first = 365;
            h.base_revenue = Decimal::new(152_778, 2)
        }));
        assert!(!with(|h| {
            h.first = 365;
            h.base_revenue = Decimal::new(152_775, 2)
        }));
        // Dormant customers belong to the dormancy trigger.
        assert!(with(|h| h.dates = vec![44]) && !with(|h| h.dates = vec![45]));
    }

    #[test]
    fn a_season_counts_for_who_bought_throughout_the_year_before() {
        let seasonal = |first, year_ago: i64| {
            let mut history = falling("5000.00");
            history.first = first;
            history.year_ago_revenue = Decimal::from(year_ago);
            history
                .decline(Decimal::new(150, 3))
                .map(|declined| declined.base)
        };
        assert_eq!(seasonal(455, 5_000), None);
        assert_eq!(seasonal(455, 6_000), Some(Decimal::from(6_000)));
        assert_eq!(seasonal(454, 5_000), Some(Decimal::new(900_000, 2)), "a ramp-up");
        assert_eq!(seasonal(455, 0), Some(Decimal::new(900_000, 2)), "nothing then");
        assert_eq!(seasonal(455, 12_000), Some(Decimal::new(900_000, 2)), "more then");
    }

    #[test]
    fn an_order_is_overdue_from_its_share_of_the_pace_on_for_30_days() {
        let overdue = |since, percentage| bought(since, &[20; 3]).is_overdue(percentage);
        assert!(!overdue(23, 20.0) && overdue(24, 20.0));
        assert!(overdue(54, 20.0) && !overdue(55, 20.0));
        assert!(!overdue(19, 0.0) && overdue(20, 0.0));
        assert!(
            overdue(24, 24.9) && !overdue(24, 25.0),
            "parts of a day do not count"
        );
        assert!(!bought(24, &[20]).is_overdue(20.0), "no pace");
    }

    proptest! {
        #[test]
        fn whatever_was_bought_the_figures_agree(
            since in 0..730_u32,
            intervals in prop::collection::vec(1..200_u32, 0..=6),
            min_days in 7..=365_u32,
        ) {
            let history = bought(since, &intervals);
            let threshold = history.dormancy_threshold(min_days);
            prop_assert!(threshold >= min_days && threshold <= min_days.max(90));
            prop_assert_eq!(history.dormant(min_days).is_some(), since >= threshold && since <= 365);
            prop_assert_eq!(history.pace().is_some(), intervals.len() >= 2);
            if let Some(pace) = history.pace() {
                let halves = pace.days() * 2.0;
                prop_assert!(halves.fract() == 0.0 && pace.rounded() == (halves / 2.0).round() as u32);
                // The threshold in floating point, as it is written down.
                let by_pace = pace.days() + rounded(0.3 * pace.days()).ceil().max(7.0);
                let written = rounded(f64::from(min_days).max(by_pace.min(90.0))).ceil();
                prop_assert_eq!(f64::from(threshold), written);
            }
            if history.missed(1.2, 1.5, 3) == Some(Level::Warning) {
                prop_assert_ne!(history.missed(1.2, 1.2, 3), None);
                prop_assert_eq!(history.missed(1.5, 1.5, 3), None);
            }
        }
    }
}
