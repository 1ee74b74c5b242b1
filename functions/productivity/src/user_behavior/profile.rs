//! How somebody usually works: a pure function of his sessions.

use std::{cmp::Reverse, collections::BTreeMap};

use chrono::{DateTime, Timelike, Utc};
use chrono_tz::Tz;
use rust_decimal::Decimal;
use sqlx::postgres::{PgTypeInfo, Postgres};

use crate::{rate::rate, words::Daypart};

/// Below this nothing is usual.
const LEAST_SAMPLE: usize = 5;

/// A focus session that has ended, in the order of the read query's fields.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::Decode)]
pub struct Session {
    pub started_at: DateTime<Utc>,
    pub kind: String,
    /// Eight hours at most.
    pub seconds: i32,
    pub is_counted: bool,
    pub is_completed: bool,
}

impl sqlx::Type<Postgres> for Session {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("record")
    }
}

/// How often somebody soon worked on after a completed focus session, and how often after a break.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Breaks {
    pub base: i64,
    pub kept: i64,
}

/// How somebody usually works, as `productivity.user_behavior_profile` has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile {
    /// Counted sessions. Below five nothing else is told.
    pub sample: i32,
    pub preferred_type: Option<String>,
    pub best_daypart: Option<String>,
    pub usual_hour: Option<i16>,
    pub median_seconds: Option<i32>,
    pub completion_rate: Option<Decimal>,
    pub break_adherence: Option<Decimal>,
}

impl Profile {
    /// How somebody whose clock is in this zone works.
    pub fn of(zone: Tz, sessions: &[Session], breaks: Breaks) -> Self {
        let counted: Vec<&Session> = sessions.iter().filter(|session| session.is_counted).collect();
        let sample = i32::try_from(counted.len()).unwrap_or(i32::MAX);
        if counted.len() < LEAST_SAMPLE {
            return Self {
                sample,
                ..Self::default()
            };
        }
        let completed = sessions.iter().filter(|session| session.is_completed).count();
        Self {
            sample,
            preferred_type: preferred_type(&counted),
            best_daypart: best_daypart(zone, &counted).map(|part| part.name().to_owned()),
            usual_hour: usual_hour(zone, sessions),
            median_seconds: median(&counted),
            completion_rate: rate(completed, sessions.len()),
            break_adherence: rate(breaks.kept, breaks.base),
        }
    }
}

/// The most frequent type; of those that are, the one that was begun last.
fn preferred_type(counted: &[&Session]) -> Option<String> {
    let mut types: BTreeMap<&str, (usize, DateTime<Utc>)> = BTreeMap::new();
    for session in counted {
        let (times, last) = types.entry(&session.kind).or_default();
        *times += 1;
        *last = session.started_at.max(*last);
    }
    let preferred = types.into_iter().max_by_key(|(_, frequency)| *frequency);
    preferred.map(|(kind, _)| kind.to_owned())
}

/// The part of the day with the most work; of those that have it, the first.
fn best_daypart(zone: Tz, counted: &[&Session]) -> Option<Daypart> {
    let mut parts: BTreeMap<Daypart, i64> = BTreeMap::new();
    for session in counted {
        let part = Daypart::of_hour(local_hour(zone, session));
        *parts.entry(part).or_default() += i64::from(session.seconds);
    }
    let worked = parts.into_iter().filter(|(_, seconds)| *seconds > 0);
    let best = worked.max_by_key(|(part, seconds)| (*seconds, Reverse(*part)));
    best.map(|(part, _)| part)
}

/// The hour at which most sessions begin; of those, the first. Hours have no mean: that of 23 and 1 is not 12.
fn usual_hour(zone: Tz, sessions: &[Session]) -> Option<i16> {
    let mut hours = [0_usize; 24];
    for session in sessions {
        hours[local_hour(zone, session) as usize] += 1;
    }
    let usual = (0_i16..)
        .zip(hours)
        .max_by_key(|(hour, times)| (*times, Reverse(*hour)));
    usual.map(|(hour, _)| hour)
}

/// The smallest length that half of them do not exceed.
fn median(counted: &[&Session]) -> Option<i32> {
    let mut lengths: Vec<i32> = counted.iter().map(|session| session.seconds).collect();
    lengths.sort_unstable();
    lengths.get(lengths.len().div_ceil(2).checked_sub(1)?).copied()
}

fn local_hour(zone: Tz, session: &Session) -> u32 {
    session.started_at.with_timezone(&zone).hour()
}

#[cfg(test)]
mod tests;
