//! The two hours that a run computes.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

const HOUR: TimeDelta = TimeDelta::hours(1);

/// The last full hour, in UTC, and the one before it, whose last minute's numbers came late.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    pub before: DateTime<Utc>,
    pub last: DateTime<Utc>,
    /// Where the last one ends.
    pub end: DateTime<Utc>,
}

impl Hours {
    pub fn of(as_of: DateTime<Utc>) -> Self {
        // Nothing that a run can have as its clock is out of bounds.
        let end = as_of.duration_trunc(HOUR).unwrap_or(as_of);
        Self {
            before: end - HOUR - HOUR,
            last: end - HOUR,
            end,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_is_full_once_the_next_one_has_begun() {
        for (as_of, end) in [
            ("2024-06-26T12:00:00Z", "2024-06-26T12:00:00Z"),
            ("2024-06-26T12:59:59.999999Z", "2024-06-26T12:00:00Z"),
            ("2024-06-26T11:59:59.999999Z", "2024-06-26T11:00:00Z"),
            ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"),
            ("2199-12-31T23:59:59Z", "2199-12-31T23:00:00Z"),
        ] {
            let hours = Hours::of(as_of.parse().unwrap());
            let end: DateTime<Utc> = end.parse().unwrap();
            assert_eq!(
                (hours.before + HOUR, hours.last + HOUR, hours.end),
                (hours.last, end, end),
                "{as_of}"
            );
        }
    }
}
