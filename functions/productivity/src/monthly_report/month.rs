//! Calendar months.

use std::ops::Range;

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use shared::calendar;

use crate::reminder::person::after;

/// A calendar month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Month {
    first: NaiveDate,
}

impl Month {
    /// The month of a date.
    fn of(date: NaiveDate) -> Self {
        Self {
            first: after(date, -i64::from(date.day0())),
        }
    }

    /// The month before that of a date.
    pub fn before(date: NaiveDate) -> Self {
        Self::of(date).previous()
    }

    pub fn previous(self) -> Self {
        Self::of(after(self.first, -1))
    }

    pub fn next(self) -> Self {
        Self {
            first: self.first + Months::new(1),
        }
    }

    pub fn first(self) -> NaiveDate {
        self.first
    }

    pub fn last(self) -> NaiveDate {
        after(self.next().first, -1)
    }

    pub fn days(self) -> i64 {
        (self.next().first - self.first).num_days()
    }

    pub fn has(self, date: NaiveDate) -> bool {
        (self.first..self.next().first).contains(&date)
    }

    /// The instants of a month in a zone: from its first up to the first after it.
    pub fn instants(self, zone: Tz) -> Range<DateTime<Utc>> {
        let begin = |month: Self| calendar::first_instant(month.first.and_time(NaiveTime::MIN), zone);
        begin(self)..begin(self.next())
    }

    /// An instant before the month begins in any zone.
    pub fn begins_anywhere(self) -> DateTime<Utc> {
        self.first.and_time(NaiveTime::MIN).and_utc() - TimeDelta::days(1)
    }

    /// As keys and links have it: `2024-06`.
    pub fn key(self) -> String {
        self.first.format("%Y-%m").to_string()
    }

    /// `June`.
    pub fn name(self) -> String {
        self.first.format("%B").to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn month(first: &str) -> Month {
        Month {
            first: first.parse().unwrap(),
        }
    }

    #[test]
    fn a_month_is_that_before_a_date() {
        for (date, first, days) in [
            ("2024-03-01", "2024-02-01", 29),
            ("2023-03-31", "2023-02-01", 28),
            ("2024-01-01", "2023-12-01", 31),
            ("2024-12-31", "2024-11-01", 30),
        ] {
            let before = Month::before(date.parse().unwrap());
            assert_eq!((before, before.days()), (month(first), days), "{date}");
        }
        assert_eq!(month("2024-02-01").last(), "2024-02-29".parse().unwrap());
        assert_eq!(month("2024-02-01").key(), "2024-02");
        assert_eq!(month("2024-02-01").name(), "February");
    }

    /// Clocks are changed on a first of a month, at midnight too.
    #[test]
    fn a_month_begins_at_the_first_instant_of_its_first_date() {
        for (first, zone, begins, ends) in [
            // Midnight came twice on the first of November.
            (
                "2015-10-01",
                Tz::America__Havana,
                "2015-10-01T04:00:00Z",
                "2015-11-01T04:00:00Z",
            ),
            (
                "2015-11-01",
                Tz::America__Havana,
                "2015-11-01T04:00:00Z",
                "2015-12-01T05:00:00Z",
            ),
            // It was skipped on the first of April.
            (
                "2005-03-01",
                Tz::Asia__Amman,
                "2005-02-28T22:00:00Z",
                "2005-03-31T22:00:00Z",
            ),
            // Samoa had no 30 December.
            (
                "2011-12-01",
                Tz::Pacific__Apia,
                "2011-12-01T10:00:00Z",
                "2011-12-31T10:00:00Z",
            ),
        ] {
            let expected = begins.parse().unwrap()..ends.parse().unwrap();
            assert_eq!(month(first).instants(zone), expected, "{first} {zone}");
        }
    }

    proptest! {
        #[test]
        fn an_instant_lies_in_one_month_only_and_after_its_beginning_anywhere(
            seconds in 946_684_800_i64..4_102_444_800, index in 0..chrono_tz::TZ_VARIANTS.len()
        ) {
            let zone = chrono_tz::TZ_VARIANTS[index];
            let instant = DateTime::from_timestamp(seconds, 0).unwrap();
            let month = Month::of(calendar::local_date(instant, zone));
            let around = [month.previous(), month, month.next()];
            let having: Vec<Month> = around
                .into_iter()
                .filter(|month| month.instants(zone).contains(&instant))
                .collect();
            prop_assert_eq!(having.len(), 1, "{} {}", zone, instant);
            prop_assert!(around.iter().all(|month| month.begins_anywhere() < month.instants(zone).start));
            prop_assert_eq!(month.instants(zone).end, month.next().instants(zone).start);
        }
    }
}
