//! The dates on which somebody trained: how they lie, and how often they should.

use chrono::{Datelike, Days, NaiveDate, Weekday};
use rust_decimal::Decimal;

use crate::measure::round1;

/// What days of training are held against: two weeks, or what there is of them.
pub const WINDOW_DAYS: i64 = 14;

/// Distinct dates, ascending.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrainingDays(Vec<NaiveDate>);

impl FromIterator<NaiveDate> for TrainingDays {
    fn from_iter<T: IntoIterator<Item = NaiveDate>>(dates: T) -> Self {
        let mut dates: Vec<_> = dates.into_iter().collect();
        dates.sort_unstable();
        dates.dedup();
        Self(dates)
    }
}

impl TrainingDays {
    pub fn contains(&self, date: NaiveDate) -> bool {
        self.0.binary_search(&date).is_ok()
    }

    /// Those from the one date to the other, both included.
    pub fn within(&self, from: NaiveDate, to: NaiveDate) -> &[NaiveDate] {
        let start = self.0.partition_point(|date| *date < from);
        let end = self.0.partition_point(|date| *date <= to);
        self.0.get(start..end).unwrap_or_default()
    }

    /// How many there are from the one date to the other.
    pub fn count(&self, from: NaiveDate, to: NaiveDate) -> i64 {
        self.within(from, to).len() as i64
    }

    /// The longest run of days without training from the one date to the other, both ends included.
    pub fn gap(&self, from: NaiveDate, to: NaiveDate) -> i64 {
        let mut longest = 0;
        let mut free_from = from;
        for date in self.within(from, to) {
            longest = longest.max((*date - free_from).num_days());
            free_from = after(*date, 1);
        }
        longest.max((to - free_from).num_days() + 1)
    }

    /// The weekday that was missed most often from the one date to the other; of equals the one nearest after Monday.
    pub fn skipped_most(&self, from: NaiveDate, to: NaiveDate) -> Option<Weekday> {
        let mut missed = [0; 7];
        for date in from.iter_days().take_while(|date| *date <= to) {
            if !self.contains(date) {
                missed[date.weekday().num_days_from_monday() as usize] += 1;
            }
        }
        let most = missed.into_iter().max().filter(|most| *most > 0)?;
        let first = missed.into_iter().position(|missed| missed == most)?;
        Weekday::try_from(first as u8).ok()
    }
}

/// Whether of at least two dates 60 % or more are Saturdays and Sundays.
pub fn is_weekend_warrior(dates: &[NaiveDate]) -> bool {
    let is_weekend = |date: &&NaiveDate| matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
    dates.len() >= 2 && 10 * dates.iter().filter(is_weekend).count() >= 6 * dates.len()
}

/// What somebody's days of training are to be, a week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// From 1 to 7.
    pub days: i64,
    /// Of a session.
    pub minutes: i64,
}

impl Target {
    /// From so many days without training on a habit is at risk: half as many again as lie between two days of
    /// training on average, at least 4.
    pub fn medium_gap(self) -> i64 {
        // 10.5 / T, rounded up.
        ((21 + 2 * self.days - 1) / (2 * self.days)).max(4)
    }

    /// From so many on it is as good as lost: twice as many, at least 6.
    pub fn big_gap(self) -> i64 {
        ((14 + self.days - 1) / self.days).max(6)
    }

    /// The days of training that so many days hold at least.
    pub const fn expected(self, days: i64) -> i64 {
        self.days * days / 7
    }

    /// How much of what two weeks should have they had, in percent of at most 100 and rounded to one decimal. A history
    /// that is shorter is held against its own length.
    pub fn consistency(self, trained: i64, of_days: i64) -> Decimal {
        let percent = Decimal::from(700 * trained) / Decimal::from(self.days * of_days);
        round1(percent.min(Decimal::ONE_HUNDRED))
    }

    /// Below so many minutes a session is too short. None: such a target has no session that is.
    pub fn least_minutes(self) -> Option<i64> {
        (self.minutes > TOLERANCE_MINUTES).then_some(self.minutes - TOLERANCE_MINUTES)
    }
}

/// By so much a session may be shorter than its target.
pub const TOLERANCE_MINUTES: i64 = 15;

/// The date so many days earlier; the first of all where there is none.
pub fn before(date: NaiveDate, days: u64) -> NaiveDate {
    date.checked_sub_days(Days::new(days)).unwrap_or(NaiveDate::MIN)
}

/// The date so many days later; the last of all where there is none.
pub fn after(date: NaiveDate, days: u64) -> NaiveDate {
    date.checked_add_days(Days::new(days)).unwrap_or(NaiveDate::MAX)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// A Monday.
    fn day(offset: u64) -> NaiveDate {
        after(NaiveDate::from_ymd_opt(2026, 2, 2).unwrap(), offset)
    }

    fn days(offsets: &[u64]) -> TrainingDays {
        offsets.iter().map(|offset| day(*offset)).collect()
    }

    #[test]
    fn a_gap_has_the_ends_of_its_range() {
        // Days trained, and the longest gap from day 1 to day 10.
        let table: [(&[u64], i64); 8] = [
            (&[], 10),
            (&[1], 9),
            (&[10], 9),
            (&[1, 10], 8),
            (&[4, 6], 4),
            (&[3, 9], 5),
            (&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0),
            // What lies outside does not shorten it.
            (&[0, 5, 11], 5),
        ];
        for (offsets, expected) in table {
            assert_eq!(days(offsets).gap(day(1), day(10)), expected, "{offsets:?}");
        }
    }

    #[test]
    fn the_first_of_the_weekdays_missed_most_is_named() {
        let name = |offsets: &[u64], to| days(offsets).skipped_most(day(0), day(to));
        assert_eq!(name(&[0, 1], 1), None);
        assert_eq!(name(&[], 13), Some(Weekday::Mon), "all alike");
        assert_eq!(name(&[0, 1, 2], 6), Some(Weekday::Thu));
        assert_eq!(name(&[0, 1, 2, 8], 13), Some(Weekday::Thu), "twice");
    }

    #[test]
    fn a_weekend_warrior_trains_on_three_weekend_days_of_five() {
        // 5 is a Saturday.
        let table: [(&[u64], bool); 6] = [
            (&[5], false),
            (&[5, 6], true),
            (&[0, 5], false),
            (&[0, 1, 5, 6, 12], true),
            (&[0, 1, 2, 5, 6, 12], false),
            (&[], false),
        ];
        for (offsets, expected) in table {
            assert_eq!(is_weekend_warrior(&days(offsets).0), expected, "{offsets:?}");
        }
    }

    #[test]
    fn consistency_is_of_the_days_that_there_were() {
        // Target, days trained, of days.
        let table = [
            (3, 2, 14, "33.3"),
            (3, 6, 14, "100.0"),
            (3, 9, 14, "100.0"),
            (3, 0, 14, "0.0"),
            (7, 13, 14, "92.9"),
            (3, 1, 1, "100.0"),
            (3, 1, 5, "46.7"),
        ];
        for (target, trained, of_days, expected) in table {
            let target = Target {
                days: target,
                minutes: 45,
            };
            assert_eq!(target.consistency(trained, of_days).to_string(), expected);
        }
    }

    #[test]
    fn a_session_may_be_a_quarter_of_an_hour_short() {
        let least = |minutes| Target { days: 3, minutes }.least_minutes();
        assert_eq!([15, 16, 45].map(least), [None, Some(1), Some(30)]);
    }

    proptest! {
        #[test]
        fn a_gap_is_what_counting_day_by_day_finds(offsets in prop::collection::btree_set(0..40_u64, 0..30), from in 0..40_u64, length in 0..40_u64) {
            let mut longest = 0;
            let mut run = 0;
            for offset in from..=from + length {
                run = if offsets.contains(&offset) { 0 } else { run + 1 };
                longest = longest.max(run);
            }
            let all: Vec<u64> = offsets.iter().copied().collect();
            prop_assert_eq!(days(&all).gap(day(from), day(from + length)), longest);
        }

        #[test]
        fn one_more_day_of_training_never_lengthens_a_gap(mut offsets in prop::collection::btree_set(0..40_u64, 0..30), more in 0..40_u64) {
            let of = |offsets: &BTreeSet<u64>| days(&offsets.iter().copied().collect::<Vec<_>>()).gap(day(0), day(39));
            let before = of(&offsets);
            offsets.insert(more);
            prop_assert!(of(&offsets) <= before);
        }

        #[test]
        fn consistency_never_falls_with_a_day_more(target in 1..=7_i64, trained in 0..14_i64, of_days in 1..=14_i64) {
            let target = Target { days: target, minutes: 45 };
            let (less, more) = (target.consistency(trained, of_days), target.consistency(trained + 1, of_days));
            prop_assert!(less <= more && Decimal::ZERO <= less && more <= Decimal::ONE_HUNDRED);
        }
    }
}
