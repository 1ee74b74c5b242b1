//! Numbers, names and reports as a person would say them.

mod counters;

use std::time::Duration;

use anyhow::{Context, Result};
use counters::{OF_REMINDERS, Words};
use demo::words::thousands;
use shared::report::Report;

/// A report's counters as a person would say them.
pub fn in_words(job: &str, report: &Report) -> Result<String> {
    let of_reminders = report
        .counters
        .get("queuedEmail")
        .map_or(&[] as Words, |_| OF_REMINDERS);
    let words = counters::of(job)?.iter().chain(of_reminders);
    let mut parts = Vec::new();
    for (name, word) in words {
        let count = counter(report, name)?;
        if count > 0 {
            parts.push(format!("{} {word}", thousands(count)));
        }
    }
    Ok(parts.join(", "))
}

pub fn counter(report: &Report, name: &str) -> Result<u64> {
    report.counters[name]
        .as_u64()
        .with_context(|| format!("{} reports no counter {name}", report.job))
}

pub fn full_name(first: &str, last: &str) -> String {
    let names: Vec<_> = [first.trim(), last.trim()]
        .into_iter()
        .filter(|name| !name.is_empty())
        .collect();
    if names.is_empty() {
        "(no name)".to_owned()
    } else {
        names.join(" ")
    }
}

pub fn days(count: u64) -> String {
    if count == 1 {
        "1 day".to_owned()
    } else {
        format!("{} days", thousands(count))
    }
}

pub fn duration(duration: Duration) -> String {
    match duration.as_millis() {
        short @ 0..1000 => format!("{short} ms"),
        _ => format!("{:.1} s", duration.as_secs_f64()),
    }
}

/// At most `count` of the items, spread over all of them.
pub fn evenly<T>(items: &[T], count: usize) -> impl Iterator<Item = &T> {
    items.iter().step_by(items.len().div_ceil(count).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_a_few_spread_over_all() {
        let few: Vec<_> = evenly(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 3).copied().collect();
        assert_eq!(few, [1, 5, 9]);
        assert_eq!(evenly(&[1, 2], 5).count(), 2);
        assert_eq!(evenly::<u8>(&[], 5).count(), 0);
    }
}
