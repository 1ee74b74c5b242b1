//! Reminds people at work of a break, while it can still be taken, and asks about timers that were forgotten.

mod rule;

use anyhow::{Context, Result};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use shared::job::{Reason, Scope};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use crate::{
    reminder::{
        Draft, Reminder, Reminding, Round, Said, Something,
        clock::Slot,
        counted::{Common, Counted},
        letter::{self, letter},
        outbox::{Channel, Notice, Outcome},
        person::{Person, Reader, person},
    },
    words,
};
use rule::{Break, Ended, Running, Verdict, Wish, WorkHours};

/// The job.
pub type BreakReminders = Reminding<Breaks>;

/// A block of work that still goes on is told from sessions that ended within so long.
const LOOKED_BACK: TimeDelta = TimeDelta::hours(4);
/// How long a reminder of a break is shown: after that it would be another one's.
const BREAK_SHOWN: TimeDelta = TimeDelta::minutes(10);

/// How long the question about a forgotten timer is shown, and how long it may be sent.
const FORGOTTEN_SHOWN: TimeDelta = TimeDelta::hours(24);
const FORGOTTEN_SENT: TimeDelta = TimeDelta::hours(12);

const TIMER: &str = "/timer";

#[derive(Default)]
pub struct Breaks;

/// Somebody at work.
pub struct AtWork {
    running: Running,
    ended: Vec<Ended>,
    /// What he calls the session, or its type.
    name: String,
    is_told: bool,
    wish: Wish,
    hours: WorkHours,
    is_told_outside: bool,
}

/// What somebody is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    Break { is_long: bool },
    Forgotten,
}

/// The e-mail about a timer that was forgotten.
#[derive(Debug, Clone, Serialize)]
pub struct Forgotten {
    session: String,
    /// On the reader's wall.
    started: String,
    elapsed: String,
}

shared::counters! {
    pub struct Counters {
        reminded: u64,
        /// Reminders of a long break.
        long_break: u64,
        /// Timers that were asked about.
        forgotten: u64,
        /// Breaks outside working hours.
        skipped_hours: u64,
    }
}

impl Reminder for Breaks {
    const NAME: &'static str = "break-reminders";
    const LOCK_ID: i32 = 482_235;
    const SLOT: Option<Slot> = None;
    const PREFERENCE: &'static str = "break_reminders";

    type Settings = ();
    type Facts = AtWork;
    type Letter = Forgotten;
    type Own = Told;
    type Counters = Counters;

    async fn settings(&self, _: &mut PgConnection, _: DateTime<Utc>, _: &Round<()>) -> Result<()> {
        Ok(())
    }

    async fn read(
        &self,
        tx: &mut PgConnection,
        scope: &Scope<Round<()>>,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<(Person, AtWork)>> {
        let rows = sqlx::query_file!(
            "sql/break-reminders/read.sql",
            scope.tenant.id,
            after.unwrap_or_default(),
            after,
            limit,
            scope.as_of,
            scope.as_of - LOOKED_BACK
        );
        let rows = rows.fetch_all(tx).await.context("read people at work")?;
        let people = rows.into_iter().map(|row| {
            let work = AtWork {
                running: Running {
                    id: row.session_id,
                    is_pomodoro: row.session_type == "pomodoro",
                    started_at: row.started_at,
                    planned_seconds: row.planned_seconds,
                    paused_seconds: row.paused_seconds,
                    pause_count: row.pause_count,
                    last_pause_seconds: row.last_pause_seconds,
                    resumed_at: row.resumed_at,
                },
                ended: row.ended.0,
                name: row
                    .session_title
                    .filter(|title| !title.trim().is_empty())
                    .unwrap_or(row.session_type),
                is_told: row.notifications_enabled,
                wish: Wish {
                    after: row.break_after_min,
                    repeat: row.break_repeat_min,
                },
                hours: WorkHours {
                    days: row.work_days,
                    start: row.work_start,
                    end: row.work_end,
                },
                is_told_outside: row.break_outside_work,
            };
            (person!(row), work)
        });
        Ok(people.collect())
    }

    fn say(scope: &Scope<Round<()>>, reader: &Reader, work: &AtWork) -> Result<Said<Self>, Reason> {
        if !work.is_told {
            return Ok(Said::Nothing(Counted::common(Common {
                skipped_pref: 1,
                ..Common::default()
            })));
        }
        match work.running.verdict(scope.as_of, &work.ended, work.wish) {
            Verdict::Nothing => Ok(Said::Nothing(Counted::no_content())),
            Verdict::Forgotten { elapsed } => Ok(Said::Something(forgotten(scope, reader, work, elapsed))),
            Verdict::Break(_) if !work.is_told_now(scope.as_of, reader) => {
                Ok(Said::Nothing(Counted::own(Counters {
                    skipped_hours: 1,
                    ..Counters::default()
                })))
            }
            Verdict::Break(of) => Ok(Said::Something(time_for(scope, &of))),
        }
    }

    async fn settle(
        &self,
        _: &mut PgConnection,
        _: &Scope<Round<()>>,
        told: &[(&Told, Outcome)],
    ) -> Result<Counters> {
        let mut counters = Counters::default();
        for (told, outcome) in told {
            let is_new = outcome.notices > 0 || outcome.is_mail_queued;
            match told {
                Told::Forgotten => counters.forgotten += u64::from(is_new),
                Told::Break { is_long } => {
                    counters.reminded += u64::from(is_new);
                    counters.long_break += u64::from(is_new && *is_long);
                }
            }
        }
        Ok(counters)
    }
}

impl AtWork {
    /// Whether he wants to hear of breaks at this hour.
    fn is_told_now(&self, as_of: DateTime<Utc>, reader: &Reader) -> bool {
        let wall = as_of.with_timezone(&reader.zone.zone).naive_local();
        self.is_told_outside || self.hours.contain(wall)
    }
}

/// The reminder of a break. Later than now it would be read too late, so there is no e-mail.
fn time_for(scope: &Scope<Round<()>>, of: &Break) -> Something<Breaks> {
    let advice = match of.is_long {
        true => "Take a long break of 15–30 minutes.",
        false => "Take 5–10 minutes away from the screen.",
    };
    let notice = |channel, name| Notice {
        channel,
        kind: "break-reminder",
        dedupe_key: format!("break-{name}:{}:{}", of.block, of.n),
        title: "Time for a break".to_owned(),
        body: format!("You have focused for {} minutes. {advice}", of.continuous / 60),
        link: scope.settings.link(TIMER),
        expires_at: scope.as_of + BREAK_SHOWN,
    };
    Something {
        notices: vec![notice(Channel::InApp, "inapp"), notice(Channel::Push, "push")],
        draft: None,
        own: Told::Break { is_long: of.is_long },
        counted: Counters::default(),
    }
}

/// The question about a timer that was forgotten.
fn forgotten(scope: &Scope<Round<()>>, reader: &Reader, work: &AtWork, elapsed: i64) -> Something<Breaks> {
    let started = work.running.started_at.with_timezone(&reader.zone.zone);
    let letter = Forgotten {
        session: letter::one_line(&work.name),
        started: format!(
            "{} at {}",
            words::date(started.date_naive()),
            started.format("%H:%M")
        ),
        elapsed: words::duration(elapsed),
    };
    let id = work.running.id;
    Something {
        notices: vec![Notice {
            channel: Channel::InApp,
            kind: "timer-forgotten",
            dedupe_key: format!("forgotten-inapp:{id}"),
            title: SUBJECT.to_owned(),
            body: format!(
                "It was started on {} and shows {}.",
                letter.started, letter.elapsed
            ),
            link: scope.settings.link(TIMER),
            expires_at: scope.as_of + FORGOTTEN_SHOWN,
        }],
        draft: Some(Draft {
            kind: "forgotten_timer",
            dedupe_key: format!("forgotten:{id}"),
            expires_at: scope.as_of + FORGOTTEN_SENT,
            is_capped: false,
            letter,
        }),
        own: Told::Forgotten,
        counted: Counters::default(),
    }
}

const SUBJECT: &str = "Is your timer still running?";

letter!(Forgotten, "forgotten_timer.txt", "forgotten_timer.html", |_| {
    SUBJECT.to_owned()
});

#[cfg(test)]
mod tests;
