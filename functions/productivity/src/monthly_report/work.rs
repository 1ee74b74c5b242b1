//! What is told of a month's sessions.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc, Weekday};
use chrono_tz::Tz;
use shared::calendar;
use sqlx::postgres::{PgTypeInfo, Postgres};
use uuid::Uuid;

use crate::{reminder::person::after, words::Daypart};

const WEEK: [Weekday; 7] = [
    Weekday::Mon,
    Weekday::Tue,
    Weekday::Wed,
    Weekday::Thu,
    Weekday::Fri,
    Weekday::Sat,
    Weekday::Sun,
];

/// A focus session that has ended, in the order of the read query's fields.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::Decode)]
pub struct Session {
    pub started_at: DateTime<Utc>,
    pub ended_at: DateTime<Utc>,
    pub kind: String,
    pub goal_id: Option<Uuid>,
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

/// The sessions of a month that count, on the wall of a zone.
pub struct Work<'a> {
    sessions: Vec<&'a Session>,
    zone: Tz,
}

impl<'a> Work<'a> {
    pub fn of(sessions: impl Iterator<Item = &'a Session>, zone: Tz) -> Self {
        Self {
            sessions: sessions.filter(|session| session.is_counted).collect(),
            zone,
        }
    }

    pub fn seconds(&self) -> i64 {
        self.sessions
            .iter()
            .map(|session| i64::from(session.seconds))
            .sum()
    }

    /// How long each was, the shortest first.
    pub fn lengths(&self) -> Vec<i32> {
        let mut lengths: Vec<i32> = self.sessions.iter().map(|session| session.seconds).collect();
        lengths.sort_unstable();
        lengths
    }

    /// The dates on which one ended.
    pub fn days(&self) -> BTreeSet<NaiveDate> {
        ended_on(self.sessions.iter().copied(), self.zone)
    }

    /// The weekday with the most focus time; of those that have it, the first from Monday on. None: there is no focus.
    pub fn best_weekday(&self) -> Option<Weekday> {
        let weekday = |session: &Session| calendar::local_date(session.ended_at, self.zone).weekday();
        let best = self.best(|session| weekday(session).num_days_from_monday());
        best.and_then(|day| WEEK.get(day as usize).copied())
    }

    /// The part of the day at which the work with the most focus time began; of those that have it, the first. None: there
    /// is no focus.
    pub fn best_daypart(&self) -> Option<Daypart> {
        let hour = |session: &Session| session.started_at.with_timezone(&self.zone).hour();
        self.best(|session| Daypart::of_hour(hour(session)))
    }

    /// The kind with the most focus time; of those that have it, the first.
    fn best<Kind: Ord + Copy>(&self, kind: impl Fn(&Session) -> Kind) -> Option<Kind> {
        let mut kinds: BTreeMap<Kind, i64> = BTreeMap::new();
        for session in &self.sessions {
            *kinds.entry(kind(session)).or_default() += i64::from(session.seconds);
        }
        let worked = kinds.into_iter().filter(|(_, seconds)| *seconds > 0);
        let best = worked.max_by_key(|(kind, seconds)| (*seconds, Reverse(*kind)));
        best.map(|(kind, _)| kind)
    }

    pub fn seconds_by_type(&self) -> BTreeMap<String, i64> {
        let mut types = BTreeMap::new();
        for session in &self.sessions {
            *types.entry(session.kind.clone()).or_default() += i64::from(session.seconds);
        }
        types
    }

    pub fn seconds_by_goal(&self) -> BTreeMap<Uuid, i64> {
        let mut goals = BTreeMap::new();
        for session in &self.sessions {
            if let Some(goal_id) = session.goal_id {
                *goals.entry(goal_id).or_default() += i64::from(session.seconds);
            }
        }
        goals
    }
}

/// The dates on which sessions ended.
pub fn ended_on<'a>(sessions: impl Iterator<Item = &'a Session>, zone: Tz) -> BTreeSet<NaiveDate> {
    sessions
        .map(|session| calendar::local_date(session.ended_at, zone))
        .collect()
}

/// The smallest of sorted lengths that half of them do not exceed.
pub fn median(lengths: &[i32]) -> Option<i32> {
    lengths.get(lengths.len().div_ceil(2).checked_sub(1)?).copied()
}

/// The most dates in a row.
pub fn longest_run(dates: impl Iterator<Item = NaiveDate>) -> usize {
    let (mut longest, mut run, mut last) = (0, 0, None);
    for date in dates {
        run = match last.is_some_and(|last| after(last, 1) == date) {
            true => run + 1,
            false => 1,
        };
        longest = longest.max(run);
        last = Some(date);
    }
    longest
}
