//! A calendar month in UTC.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, Utc};

/// A month, from its first day to before the first of the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Month {
    pub start: NaiveDate,
    pub end: NaiveDate,
    /// The first day of the month before it.
    pub before: NaiveDate,
}

impl Month {
    /// The month before a date's.
    pub fn before(date: NaiveDate) -> Self {
        let end = date - Days::new(date.day0().into());
        Self {
            start: end - Months::new(1),
            end,
            before: end - Months::new(2),
        }
    }

    pub fn last(&self) -> NaiveDate {
        self.end - Days::new(1)
    }

    /// Its first instant, and that of the next.
    pub fn instants(&self) -> (DateTime<Utc>, DateTime<Utc>) {
        let midnight = |date: NaiveDate| date.and_time(NaiveTime::MIN).and_utc();
        (midnight(self.start), midnight(self.end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_month_before_a_date_is_whole() {
        let date = |text: &str| text.parse::<NaiveDate>().unwrap();
        for (today, start, end, before) in [
            ("2024-07-01", "2024-06-01", "2024-07-01", "2024-05-01"),
            ("2024-07-31", "2024-06-01", "2024-07-01", "2024-05-01"),
            ("2024-03-01", "2024-02-01", "2024-03-01", "2024-01-01"),
            ("2024-01-01", "2023-12-01", "2024-01-01", "2023-11-01"),
            ("2024-02-29", "2024-01-01", "2024-02-01", "2023-12-01"),
        ] {
            let expected = Month {
                start: date(start),
                end: date(end),
                before: date(before),
            };
            assert_eq!(Month::before(date(today)), expected, "{today}");
        }
        let leap = Month::before(date("2024-03-05"));
        assert_eq!(leap.last(), date("2024-02-29"));
        let instant = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        assert_eq!(
            leap.instants(),
            (instant("2024-02-01T00:00:00Z"), instant("2024-03-01T00:00:00Z"))
        );
    }
}
