//! How numbers and dates are said to people.

use chrono::NaiveDate;

/// A length of time: `45 min`, `3 h`, `3 h 5 min`. Seconds that fill no minute are left out.
pub fn duration(seconds: i64) -> String {
    let minutes = seconds.div_euclid(60);
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// A date: `Sunday 30 June 2024`.
pub fn date(date: NaiveDate) -> String {
    date.format("%A %-d %B %Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_time_is_said_in_hours_and_minutes() {
        for (seconds, said) in [
            (0, "0 min"),
            (59, "0 min"),
            (2700, "45 min"),
            (3599, "59 min"),
            (10_800, "3 h"),
            (11_159, "3 h 5 min"),
            (360_000, "100 h"),
        ] {
            assert_eq!(duration(seconds), said, "{seconds}");
        }
    }

    #[test]
    fn a_date_is_said_with_its_weekday() {
        assert_eq!(date("2024-06-30".parse().unwrap()), "Sunday 30 June 2024");
    }
}
