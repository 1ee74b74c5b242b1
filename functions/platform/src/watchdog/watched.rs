//! Which jobs there are, and when each is expected. The list is written by `cargo xtask sync` from the registry.

use anyhow::{Context, Result};
use serde::Deserialize;

use super::schedule::Schedule;

/// The registry's jobs.
const JOBS: &str = include_str!("jobs.json");

/// Whose clock tells when reminders are due, and so which of their two rules is enabled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    Utc,
    Local,
}

/// A job, and by which schedule it is started.
#[derive(Debug, Clone)]
pub struct Watched {
    pub name: String,
    pub schedule: Schedule,
    /// A run without subjects is nothing to be alarmed about.
    pub may_be_empty: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Entry {
    name: String,
    schedule: String,
    local_tick: Option<String>,
    may_be_empty: bool,
}

/// The jobs, in the order of their lock ids.
///
/// # Errors
/// When a schedule cannot be read.
pub fn all(clock: Clock) -> Result<Vec<Watched>> {
    let entries: Vec<Entry> = serde_json::from_str(JOBS).context("read the list of jobs")?;
    let watched = |entry: Entry| {
        let schedule = match (clock, entry.local_tick) {
            (Clock::Local, Some(tick)) => tick,
            _ => entry.schedule,
        };
        Ok(Watched {
            schedule: schedule.parse().with_context(|| entry.name.clone())?,
            name: entry.name,
            may_be_empty: entry.may_be_empty,
        })
    };
    entries.into_iter().map(watched).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_job_has_a_schedule_and_a_reminder_that_of_the_clock_in_force() {
        let (utc, local) = (all(Clock::Utc).unwrap(), all(Clock::Local).unwrap());
        assert_eq!(utc.len(), local.len());
        let differing: Vec<_> = utc
            .iter()
            .zip(&local)
            .filter(|(utc, local)| utc.schedule.to_string() != local.schedule.to_string())
            .map(|(utc, local)| {
                (
                    utc.name.as_str(),
                    utc.schedule.to_string(),
                    local.schedule.to_string(),
                )
            })
            .collect();
        assert_eq!(differing.len(), 6, "{differing:?}");
        assert!(differing.contains(&(
            "goal-deadlines",
            "cron(0 9 * * ? *)".into(),
            "cron(0/15 * * * ? *)".into()
        )));
        let watchdog = utc.iter().find(|job| job.name == "watchdog").unwrap();
        assert_eq!(watchdog.schedule.to_string(), "cron(0/5 * * * ? *)");
    }
}
