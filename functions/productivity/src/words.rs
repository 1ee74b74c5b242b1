//! How numbers and dates are said to people.

use std::fmt::{Display, Formatter, Result};

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Serialize, Serializer};

/// A length of time: `45 min`, `3 h`, `3 h 5 min`. Seconds that fill no minute are left out.
pub fn duration(seconds: i64) -> String {
    let minutes = seconds.div_euclid(60);
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// A length of time as facts have it, in seconds, and as people read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Span(pub i64);

impl Display for Span {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(&duration(self.0))
    }
}

/// A share as facts have it, in percent, and as people read it: `66.7 %`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Percent(#[serde(serialize_with = "spelled")] pub Decimal);

impl Display for Percent {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{} %", self.0.normalize())
    }
}

/// How far a length of time is from another, in percent of that or in seconds: `12.5 % more than`, `3 h less than`, `as
/// much as`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    #[serde(serialize_with = "spelled")]
    Percent(Decimal),
    Seconds(i64),
}

impl Display for Change {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let (amount, is_more) = match *self {
            Self::Percent(percent) if percent.is_zero() => return f.write_str("as much as"),
            Self::Seconds(-59..=59) => return f.write_str("as much as"),
            Self::Percent(percent) => (Percent(percent.abs()).to_string(), percent.is_sign_positive()),
            Self::Seconds(seconds) => (duration(seconds.abs()), seconds > 0),
        };
        write!(f, "{amount} {} than", if is_more { "more" } else { "less" })
    }
}

/// A decimal as facts have it: text, without zeros at its end.
fn spelled<S: Serializer>(decimal: &Decimal, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.collect_str(&decimal.normalize())
}

/// A number of goals: `1 goal`, `2 goals`.
pub fn goals(number: i32) -> String {
    match number {
        1 => "1 goal".to_owned(),
        number => format!("{number} goals"),
    }
}

/// A date: `Sunday 30 June 2024`.
pub fn date(date: NaiveDate) -> String {
    date.format("%A %-d %B %Y").to_string()
}

/// A part of the day, by the hour on the user's own clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Daypart {
    Morning,
    Afternoon,
    Evening,
    Night,
}

impl Daypart {
    /// Morning from 6, afternoon from 12, evening from 17, night from 22.
    pub fn of_hour(hour: u32) -> Self {
        match hour {
            6..12 => Self::Morning,
            12..17 => Self::Afternoon,
            17..22 => Self::Evening,
            _ => Self::Night,
        }
    }

    /// Its name, in the database too.
    pub fn name(self) -> &'static str {
        match self {
            Self::Morning => "morning",
            Self::Afternoon => "afternoon",
            Self::Evening => "evening",
            Self::Night => "night",
        }
    }
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
    fn a_change_is_said_without_its_sign() {
        for (change, said) in [
            (Change::Percent(Decimal::new(1250, 2)), "12.5 % more than"),
            (Change::Percent(Decimal::new(-1000, 1)), "100 % less than"),
            (Change::Percent(Decimal::ZERO), "as much as"),
            (Change::Seconds(60), "1 min more than"),
            (Change::Seconds(-7260), "2 h 1 min less than"),
            (Change::Seconds(59), "as much as"),
            (Change::Seconds(-59), "as much as"),
        ] {
            assert_eq!(change.to_string(), said, "{change:?}");
        }
    }

    #[test]
    fn a_date_is_said_with_its_weekday() {
        assert_eq!(date("2024-06-30".parse().unwrap()), "Sunday 30 June 2024");
    }

    #[test]
    fn a_day_has_four_parts() {
        let parts: String = (0..24)
            .filter_map(|hour| Daypart::of_hour(hour).name().chars().next())
            .collect();
        assert_eq!(parts, "nnnnnnmmmmmmaaaaaeeeeenn");
    }
}
