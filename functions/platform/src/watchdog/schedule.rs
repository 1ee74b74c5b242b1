//! When EventBridge starts a job, by the expression of its rule.
//!
//! A library knows cron; what EventBridge writes differently is translated. Weekdays count from 1 = Sunday and a number
//! may begin a step, both of which the library can do. A range may go round the end of its field (`20-2`), and `L` as a
//! weekday is Saturday: these are spelled out for it. All of it is UTC.

use std::{fmt, ops::RangeInclusive, str::FromStr};

use anyhow::{Context, Error, Result, bail, ensure};
use chrono::{DateTime, SubsecRound, Utc};
use croner::{
    Cron,
    parser::{CronParser, Seconds, Year},
};

/// What each field may hold, and its names, which count from the smallest number.
const FIELDS: [(RangeInclusive<u32>, &[&str]); 6] = [
    (0..=59, &[]),
    (0..=23, &[]),
    (1..=31, &[]),
    (
        1..=12,
        &[
            "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
        ],
    ),
    (1..=7, &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]),
    (1970..=2199, &[]),
];

const DAY_OF_MONTH: usize = 2;
const DAY_OF_WEEK: usize = 4;

/// A rule's schedule, such as `cron(0 2 * * ? *)`.
#[derive(Clone)]
pub struct Schedule {
    text: String,
    cron: Cron,
}

impl Schedule {
    /// The last occurrence at or before an instant.
    pub fn last_before(&self, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.cron
            .find_previous_occurrence(&instant.trunc_subsecs(0), true)
            .ok()
    }

    /// The first occurrence after an instant.
    pub fn next_after(&self, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.cron
            .find_next_occurrence(&instant.trunc_subsecs(0), false)
            .ok()
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Schedule {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = || format!("`{text}` is no schedule of EventBridge, such as cron(0 2 * * ? *)");
        let inner = text.strip_prefix("cron(").and_then(|rest| rest.strip_suffix(')'));
        let fields: Vec<&str> = inner.with_context(wrong)?.split(' ').collect();
        ensure!(fields.len() == FIELDS.len(), wrong());
        ensure!(
            (fields[DAY_OF_MONTH] == "?") != (fields[DAY_OF_WEEK] == "?"),
            "`{text}`: exactly one of day-of-month and day-of-week is `?`"
        );
        let translated: Result<Vec<String>> = (0..FIELDS.len())
            .map(|field| translate(field, fields[field]))
            .collect();
        let parser = CronParser::builder()
            .seconds(Seconds::Required)
            .year(Year::Required)
            .alternative_weekdays(true)
            .sloppy_ranges(true)
            .build();
        let cron = parser
            .parse(&format!("0 {}", translated.with_context(wrong)?.join(" ")))
            .map_err(|error| Error::msg(error.to_string()))
            .with_context(wrong)?;
        Ok(Self {
            text: text.to_owned(),
            cron,
        })
    }
}

/// A field as the library takes it.
fn translate(field: usize, text: &str) -> Result<String> {
    let is_day = field == DAY_OF_MONTH || field == DAY_OF_WEEK;
    if text == "*" || (is_day && text == "?") {
        return Ok("*".to_owned());
    }
    if field == DAY_OF_WEEK && text == "L" {
        return Ok("7".to_owned());
    }
    let items: Result<Vec<String>> = text.split(',').map(|item| translate_item(field, item)).collect();
    Ok(items?.join(","))
}

fn translate_item(field: usize, item: &str) -> Result<String> {
    let (base, step) = match item.split_once('/') {
        None => (item, None),
        Some((base, step)) => (base, Some(step)),
    };
    if let Some(step) = step {
        ensure!(
            step.parse().is_ok_and(|step: u32| step >= 1),
            "`{step}` is no step"
        );
    }
    let (numbers, _) = &FIELDS[field];
    let plain = match base.split_once('-') {
        _ if base == "*" => base.to_owned(),
        Some((from, to)) => match (value(field, from)?, value(field, to)?) {
            (from, to) if from <= to => format!("{from}-{to}"),
            // Where a step would go on after the end of the field is nowhere said.
            _ if step.is_some() => bail!("`{item}` goes round the end of its field by a step"),
            (from, to) => format!("{from}-{},{}-{to}", numbers.end(), numbers.start()),
        },
        None => match special(field, base)? {
            Some(special) => special,
            None => value(field, base)?.to_string(),
        },
    };
    Ok(match step {
        None => plain,
        Some(step) => format!("{plain}/{step}"),
    })
}

/// `L` the last day of the month, `15W` the working day next to the 15th; `6L` the last Friday, `6#3` the third.
fn special(field: usize, text: &str) -> Result<Option<String>> {
    if field == DAY_OF_MONTH {
        if text == "L" {
            return Ok(Some(text.to_owned()));
        }
        if let Some(day) = text.strip_suffix('W') {
            return Ok(Some(format!("{}W", value(field, day)?)));
        }
    }
    if field == DAY_OF_WEEK {
        if let Some(day) = text.strip_suffix('L') {
            return Ok(Some(format!("{}#L", value(field, day)?)));
        }
        if let Some((day, nth)) = text.split_once('#') {
            ensure!(
                matches!(nth, "1" | "2" | "3" | "4" | "5"),
                "`{nth}` is no number of weekdays in a month"
            );
            return Ok(Some(format!("{}#{nth}", value(field, day)?)));
        }
    }
    Ok(None)
}

fn value(field: usize, text: &str) -> Result<u32> {
    let (numbers, names) = &FIELDS[field];
    let by_name = names.iter().position(|name| name.eq_ignore_ascii_case(text));
    let number = match by_name {
        Some(place) => numbers.start() + u32::try_from(place)?,
        None => text.parse().with_context(|| format!("`{text}` is no number"))?,
    };
    ensure!(
        numbers.contains(&number),
        "{number} is not from {} to {}",
        numbers.start(),
        numbers.end()
    );
    Ok(number)
}

#[cfg(test)]
mod tests;
