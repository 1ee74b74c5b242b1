//! How long somebody has been at work without a break, and when that is worth a word.

use chrono::{DateTime, Datelike, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use serde::Deserialize;
use uuid::Uuid;

/// A pause or gap shorter than this is no break.
const BREAK: TimeDelta = TimeDelta::seconds(300);

/// A gap shorter than this is no long break.
const LONG_BREAK: TimeDelta = TimeDelta::seconds(900);

/// After so many sessions without a long break one is due.
const SESSIONS_TO_LONG_BREAK: usize = 4;

/// Whoever was told so many times in a row goes on knowingly.
const REMINDERS_MAX: i64 = 3;

/// A pomodoro may run over its plan by so much, in seconds.
const POMODORO_GRACE: i64 = 300;

/// A timer that has been at work for so many seconds was forgotten.
const FORGOTTEN: i64 = 28_800;

/// A focus session that runs.
#[derive(Debug, Clone)]
pub struct Running {
    pub id: Uuid,
    pub is_pomodoro: bool,
    pub started_at: DateTime<Utc>,
    pub planned_seconds: i32,
    /// All pauses together.
    pub paused_seconds: i32,
    pub pause_count: i32,
    pub last_pause_seconds: Option<i32>,
    pub resumed_at: Option<DateTime<Utc>>,
}

/// A focus session that ended before.
#[derive(Debug, Clone, Deserialize)]
pub struct Ended {
    pub id: Uuid,
    pub started_at: DateTime<Utc>,
    pub ended_at: DateTime<Utc>,
    /// At work.
    pub seconds: i64,
    pub is_completed: bool,
}

/// When somebody wants a break, in minutes at work.
#[derive(Debug, Clone, Copy)]
pub struct Wish {
    pub after: i16,
    pub repeat: i16,
}

/// What there is to say about a running session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Nothing,
    Break(Break),
    /// The timer has been at work for so many seconds.
    Forgotten {
        elapsed: i64,
    },
}

/// It is time for a break.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Break {
    /// The stretch of work, by the session that it began with.
    pub block: String,
    /// Seconds at work since the last break.
    pub continuous: i64,
    /// How many times it has been time for a break in this stretch, this time included.
    pub n: i64,
    pub is_long: bool,
}

impl Running {
    /// Seconds at work.
    pub fn elapsed(&self, as_of: DateTime<Utc>) -> i64 {
        let since_start = as_of - self.started_at - TimeDelta::seconds(self.paused_seconds.into());
        since_start.num_seconds().max(0)
    }

    /// What there is to say of it. `ended` are the sessions of the last hours, the latest first.
    pub fn verdict(&self, as_of: DateTime<Utc>, ended: &[Ended], wish: Wish) -> Verdict {
        let elapsed = self.elapsed(as_of);
        if elapsed >= FORGOTTEN {
            return Verdict::Forgotten { elapsed };
        }
        let (block, continuous) = self.block(as_of, elapsed, ended);
        let (after, repeat) = (i64::from(wish.after) * 60, i64::from(wish.repeat) * 60);
        let n = match continuous < after {
            // A pomodoro is short on purpose.
            true => {
                i64::from(self.is_pomodoro && elapsed >= i64::from(self.planned_seconds) + POMODORO_GRACE)
            }
            false => 1 + (continuous - after) / repeat,
        };
        if !(1..=REMINDERS_MAX).contains(&n) {
            return Verdict::Nothing;
        }
        let completed = self
            .joined(ended, LONG_BREAK)
            .iter()
            .filter(|one| one.is_completed);
        Verdict::Break(Break {
            block,
            continuous,
            n,
            is_long: completed.count() >= SESSIONS_TO_LONG_BREAK,
        })
    }

    /// The stretch of work that this session is part of, and its seconds.
    fn block(&self, as_of: DateTime<Utc>, elapsed: i64, ended: &[Ended]) -> (String, i64) {
        let is_break = |seconds: i32| i64::from(seconds) >= BREAK.num_seconds();
        if let Some(resumed_at) = self
            .resumed_at
            .filter(|_| self.last_pause_seconds.is_some_and(is_break))
        {
            let since = (as_of - resumed_at).num_seconds().max(0);
            return (format!("{}:{}", self.id, self.pause_count), since);
        }
        let joined = self.joined(ended, BREAK);
        let first = joined.iter().min_by_key(|one| (one.started_at, one.id));
        let continuous = elapsed + joined.iter().map(|one| one.seconds).sum::<i64>();
        (format!("{}:0", first.map_or(self.id, |one| one.id)), continuous)
    }

    /// The sessions that this one follows without a gap so long.
    fn joined<'a>(&self, ended: &'a [Ended], gap: TimeDelta) -> &'a [Ended] {
        let mut start = self.started_at;
        let follows = |one: &&Ended| {
            let is_close = start - one.ended_at < gap;
            start = start.min(one.started_at);
            is_close
        };
        let count = ended.iter().take_while(follows).count();
        &ended[..count]
    }
}

/// When somebody works. Hours over midnight belong to the day on which they begin; equal ones are the whole day.
#[derive(Debug, Clone)]
pub struct WorkHours {
    /// ISO: 1 = Monday.
    pub days: Vec<i16>,
    pub start: NaiveTime,
    pub end: NaiveTime,
}

impl WorkHours {
    /// Whether somebody is at work when his wall shows this.
    pub fn contain(&self, wall: NaiveDateTime) -> bool {
        let (today, time) = (wall.weekday(), wall.time());
        let is_day = |day: chrono::Weekday| {
            self.days
                .iter()
                .any(|of| i64::from(*of) == i64::from(day.number_from_monday()))
        };
        match self.start.cmp(&self.end) {
            std::cmp::Ordering::Equal => is_day(today),
            std::cmp::Ordering::Less => is_day(today) && (self.start..self.end).contains(&time),
            std::cmp::Ordering::Greater => {
                (time >= self.start && is_day(today)) || (time < self.end && is_day(today.pred()))
            }
        }
    }
}

#[cfg(test)]
mod tests;
