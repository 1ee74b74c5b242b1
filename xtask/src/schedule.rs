//! EventBridge's cron expressions: six fields, checked as EventBridge would at deployment, and in words.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

/// What a field may hold. Names count from the field's smallest number.
struct Field {
    name: &'static str,
    numbers: std::ops::RangeInclusive<u32>,
    names: &'static [&'static str],
}

const MONTHS: [&str; 12] = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

const FIELDS: [Field; 6] = [
    Field {
        name: "minutes",
        numbers: 0..=59,
        names: &[],
    },
    Field {
        name: "hours",
        numbers: 0..=23,
        names: &[],
    },
    Field {
        name: "day-of-month",
        numbers: 1..=31,
        names: &[],
    },
    Field {
        name: "month",
        numbers: 1..=12,
        names: &MONTHS,
    },
    Field {
        name: "day-of-week",
        numbers: 1..=7,
        names: &WEEKDAYS,
    },
    Field {
        name: "year",
        numbers: 1970..=2199,
        names: &[],
    },
];

/// In minutes.
const WEEK: u32 = 7 * 24 * 60;

const DAY_OF_MONTH: usize = 2;
const DAY_OF_WEEK: usize = 4;

/// A rule's schedule, such as `cron(0 2 * * ? *)`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Schedule {
    fields: [String; 6],
}

impl TryFrom<String> for Schedule {
    type Error = anyhow::Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cron({})", self.fields.join(" "))
    }
}

impl FromStr for Schedule {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let inner = text
            .strip_prefix("cron(")
            .and_then(|rest| rest.strip_suffix(')'))
            .with_context(|| format!("`{text}` is no schedule; write it like cron(0 2 * * ? *)"))?;
        let fields: Vec<_> = inner.split(' ').map(str::to_owned).collect();
        let fields: [String; 6] = fields.try_into().map_err(|fields: Vec<_>| {
            let count = fields.len();
            anyhow::anyhow!("`{text}` has {count} fields, EventBridge wants 6: minutes hours day-of-month month day-of-week year")
        })?;
        for (field, text) in FIELDS.iter().zip(&fields) {
            field.check(text)?;
        }
        let unsaid = [DAY_OF_MONTH, DAY_OF_WEEK].map(|day| fields[day] == "?");
        if unsaid[0] == unsaid[1] {
            bail!("`{text}`: EventBridge wants `?` in exactly one of day-of-month and day-of-week");
        }
        Ok(Self { fields })
    }
}

impl Field {
    fn check(&self, text: &str) -> Result<()> {
        let alone = text == "*" || (text == "?" && self.is_day()) || self.is_special(text);
        if alone || (!text.is_empty() && text.split(',').all(|item| self.is_item(item))) {
            return Ok(());
        }
        let (first, last) = (self.numbers.start(), self.numbers.end());
        bail!(
            "`{text}` is not a {} ({first}-{last}, with * , - / as EventBridge knows them)",
            self.name
        )
    }

    fn is_day(&self) -> bool {
        self.name.starts_with("day-of")
    }

    /// `L` last day of the month, `15W` the weekday next to the 15th; `6L` last Friday, `6#3` third Friday.
    fn is_special(&self, text: &str) -> bool {
        match self.name {
            "day-of-month" => {
                text == "L"
                    || text
                        .strip_suffix('W')
                        .is_some_and(|day| self.value(day).is_some())
            }
            "day-of-week" => {
                let last = text
                    .strip_suffix('L')
                    .is_some_and(|day| day.is_empty() || self.value(day).is_some());
                let nth = text.split_once('#').is_some_and(|(day, nth)| {
                    self.value(day).is_some() && nth.parse().is_ok_and(|nth: u32| (1..=5).contains(&nth))
                });
                last || nth
            }
            _ => false,
        }
    }

    /// A number or name, a range of them, or either with a step.
    fn is_item(&self, item: &str) -> bool {
        let (base, step) = match item.split_once('/') {
            Some((base, step)) => (base, Some(step)),
            None => (item, None),
        };
        if step.is_some_and(|step| !step.parse().is_ok_and(|step: u32| step >= 1)) {
            return false;
        }
        match base.split_once('-') {
            Some((from, to)) => {
                matches!((self.value(from), self.value(to)), (Some(from), Some(to)) if from <= to)
            }
            None => self.value(base).is_some() || (base == "*" && step.is_some()),
        }
    }

    /// The numbers that the text names; none where it is one of the specials.
    fn numbers(&self, text: &str) -> Vec<u32> {
        let mut numbers = Vec::new();
        for item in text.split(',') {
            let (base, step) = item.split_once('/').unwrap_or((item, "1"));
            let last = *self.numbers.end();
            let range = match base.split_once('-') {
                _ if base == "*" => Some((*self.numbers.start(), last)),
                Some((from, to)) => self.value(from).zip(self.value(to)),
                // `5/10` goes on to the end, a bare `5` is itself.
                None => self
                    .value(base)
                    .map(|from| (from, if item == base { from } else { last })),
            };
            if let (Some((from, to)), Ok(step)) = (range, step.parse()) {
                numbers.extend((from..=to).step_by(step));
            }
        }
        numbers
    }

    fn value(&self, text: &str) -> Option<u32> {
        let by_name = self
            .names
            .iter()
            .zip(*self.numbers.start()..)
            .find(|(name, _)| **name == text);
        let number = match by_name {
            Some((_, number)) => number,
            None => text.parse().ok()?,
        };
        self.numbers.contains(&number).then_some(number)
    }
}

impl Schedule {
    /// The longest time between two runs, in minutes, of a schedule that is the same every week.
    pub fn longest_gap(&self) -> Option<u32> {
        let [minutes, hours, day, month, weekday, year] = self.fields.each_ref().map(String::as_str);
        let weekdays = match (day, weekday) {
            ("*", "?") => "*",
            ("?", weekday) => weekday,
            _ => return None,
        };
        if (month, year) != ("*", "*") {
            return None;
        }
        let [minutes, hours, weekdays] = [(0, minutes), (1, hours), (DAY_OF_WEEK, weekdays)]
            .map(|(field, text)| FIELDS[field].numbers(text));
        let mut starts = BTreeSet::new();
        for weekday in weekdays {
            for hour in &hours {
                starts.extend(minutes.iter().map(|minute| (weekday * 24 + hour) * 60 + minute));
            }
        }
        let next_week = starts.first()? + WEEK;
        let following = starts.iter().skip(1).chain([&next_week]);
        starts
            .iter()
            .zip(following)
            .map(|(start, next)| next - start)
            .max()
    }

    /// The schedule as a sentence's end, in UTC; the expression itself where words would be longer.
    pub fn in_words(&self) -> String {
        let [minutes, hours, day, month, weekday, year] = self.fields.each_ref().map(String::as_str);
        let fixed = minutes.parse::<u32>().is_ok() && hours.parse::<u32>().is_ok();
        let time = match (minutes, hours) {
            _ if fixed => format!("at {hours:0>2}:{minutes:0>2}"),
            ("*", "*") => "every minute".to_owned(),
            ("0", "*") => "every hour".to_owned(),
            ("0", hours) if hours.starts_with("0/") => format!("every {} hours", &hours[2..]),
            (minutes, "*") if minutes.starts_with("0/") => format!("every {} minutes", &minutes[2..]),
            (minutes, hours) if minutes.starts_with("0/") => {
                format!("every {} minutes in the hours {hours}", &minutes[2..])
            }
            _ => return self.to_string(),
        };
        match (day, month, weekday, year) {
            ("*", "*", "?", "*") if fixed => format!("daily {time}"),
            ("*", "*", "?", "*") => time,
            (day, "*", "?", "*") if day.parse::<u32>().is_ok() => {
                format!("on day {day} of each month {time}")
            }
            ("?", "*", weekday, "*") => format!("{weekday} {time}"),
            _ => self.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_every_schedule_that_eventbridge_takes() {
        for text in [
            "cron(0 2 * * ? *)",
            "cron(0 0/6 * * ? *)",
            "cron(*/5 * * * ? *)",
            "cron(0 19 ? * SUN *)",
            "cron(0/25 9-17 ? * MON-FRI *)",
            "cron(0 9 1 * ? *)",
            "cron(0 9 L * ? *)",
            "cron(0 9 15W * ? *)",
            "cron(0 9 ? * 6#3 *)",
            "cron(0 9 ? * 6L *)",
            "cron(15,45 8,20 ? JAN,JUL 2-6 2026-2030)",
        ] {
            let schedule: Schedule = text.parse().expect(text);
            assert_eq!(schedule.to_string(), text);
        }
    }

    #[test]
    fn refuses_what_eventbridge_refuses_and_names_the_field() {
        for (text, complaint) in [
            ("rate(5 minutes)", "is no schedule"),
            ("0 2 * * *", "is no schedule"),
            ("cron(0 2 * * *)", "has 5 fields"),
            ("cron(0  2 * * ? *)", "has 7 fields"),
            ("cron(60 2 * * ? *)", "`60` is not a minutes"),
            ("cron(0 24 * * ? *)", "`24` is not a hours"),
            ("cron(0 2 0 * ? *)", "`0` is not a day-of-month"),
            ("cron(0 2 * 13 ? *)", "`13` is not a month"),
            ("cron(0 2 ? * 0 *)", "`0` is not a day-of-week"),
            ("cron(0 2 ? * SUNDAY *)", "`SUNDAY` is not a day-of-week"),
            ("cron(0 2 * * ? 1969)", "`1969` is not a year"),
            ("cron(0 2 * * * *)", "exactly one of"),
            ("cron(0 2 ? * ? *)", "exactly one of"),
            ("cron(? 2 * * ? *)", "`?` is not a minutes"),
            ("cron(0/0 2 * * ? *)", "`0/0` is not a minutes"),
            ("cron(0 17-9 * * ? *)", "`17-9` is not a hours"),
            ("cron(1,,2 9 * * ? *)", "`1,,2` is not a minutes"),
        ] {
            let error = text.parse::<Schedule>().expect_err(text).to_string();
            assert!(error.contains(complaint), "{text}: {error}");
        }
    }

    #[test]
    fn the_longest_gap_is_that_over_the_night_or_the_weekend() {
        for (text, gap) in [
            ("cron(* * * * ? *)", Some(1)),
            ("cron(0/5 * * * ? *)", Some(5)),
            ("cron(0/25 * * * ? *)", Some(25)),
            ("cron(7/25 * * * ? *)", Some(25)),
            ("cron(0 * * * ? *)", Some(60)),
            ("cron(0 0/6 * * ? *)", Some(6 * 60)),
            ("cron(0 2 * * ? *)", Some(24 * 60)),
            ("cron(0 2,14 ? * * *)", Some(12 * 60)),
            ("cron(0 2,13 * * ? *)", Some(13 * 60)),
            // Friday 17:50 to Monday 09:00.
            ("cron(0/25 9-17 ? * MON-FRI *)", Some((2 * 24 + 15) * 60 + 10)),
            ("cron(0 19 ? * SUN *)", Some(7 * 24 * 60)),
            ("cron(0 19 ? * 1,4 *)", Some(4 * 24 * 60)),
            ("cron(0 9 1 * ? *)", None),
            ("cron(0 9 L * ? *)", None),
            ("cron(0 9 ? * 6#3 *)", None),
            ("cron(0 9 ? * 6L *)", None),
            ("cron(0 9 ? JAN MON *)", None),
            ("cron(0 9 * * ? 2030)", None),
        ] {
            assert_eq!(text.parse::<Schedule>().expect(text).longest_gap(), gap, "{text}");
        }
    }

    #[test]
    fn says_the_usual_schedules_in_words_and_leaves_the_others_as_they_are() {
        for (text, words) in [
            ("cron(0 2 * * ? *)", "daily at 02:00"),
            ("cron(* * * * ? *)", "every minute"),
            ("cron(0/5 * * * ? *)", "every 5 minutes"),
            ("cron(0 * * * ? *)", "every hour"),
            ("cron(0 0/6 * * ? *)", "every 6 hours"),
            ("cron(0 19 ? * SUN *)", "SUN at 19:00"),
            ("cron(0 9 1 * ? *)", "on day 1 of each month at 09:00"),
            (
                "cron(0/25 9-17 ? * MON-FRI *)",
                "MON-FRI every 25 minutes in the hours 9-17",
            ),
            ("cron(0 9 L * ? *)", "cron(0 9 L * ? *)"),
            ("cron(0 9 1 JAN ? *)", "cron(0 9 1 JAN ? *)"),
            ("cron(7/5 * * * ? *)", "cron(7/5 * * * ? *)"),
        ] {
            assert_eq!(text.parse::<Schedule>().expect(text).in_words(), words);
        }
    }
}
