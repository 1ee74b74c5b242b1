//! What the six reminder jobs share: whom they find, when they speak, and how nobody is told the same thing twice.
//!
//! A reminder says what is to be said to one person, and [`Reminding`] makes a job of it: it reads the company, finds
//! whose slot it is, keeps quiet hours and preferences, opens each channel, writes the rows, and counts.

pub mod cap;
pub mod clock;
pub mod counted;
#[cfg(test)]
mod examples;
mod job;
pub mod letter;
#[cfg(test)]
mod month;
pub mod outbox;
pub mod person;
#[cfg(test)]
mod samples;
#[cfg(test)]
pub mod testing;

use std::future::Future;

use anyhow::Result;
use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;
use shared::{
    config::{ConfigError, Variables},
    job::{Counters, Reason, Scope},
};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::company::Company;
use clock::{Clock, DueZones, Slot};
use counted::{Common, Counted};
use letter::{Frame, Letter};
use outbox::{Mail, Notice, Outcome, Post, Then};
use person::{Person, Reader};

/// What a reminder job says, and to whom.
pub trait Reminder: Default + Send + Sync + 'static {
    const NAME: &'static str;
    const LOCK_ID: i32;
    /// When it is due. None: whenever it runs.
    const SLOT: Option<Slot>;
    /// The preference that it obeys, by its column in `productivity.notification_pref`.
    const PREFERENCE: &'static str;

    /// What is read or worked out once for a company.
    type Settings: Send + Sync;
    /// What the rule must know of a person beside himself.
    type Facts: Send + Sync;
    /// The e-mail.
    type Letter: Letter;
    /// What it writes of its own.
    type Own: Send + Sync;
    /// What it counts beside what all of them count.
    type Counters: Counters;

    fn settings(
        &self,
        tx: &mut PgConnection,
        as_of: DateTime<Utc>,
        round: &Round<()>,
    ) -> impl Future<Output = Result<Self::Settings>> + Send;

    /// Does what is due once for a company, before anybody is read.
    fn once(
        &self,
        _tx: &mut PgConnection,
        _scope: &Scope<Round<Self::Settings>>,
    ) -> impl Future<Output = Result<Self::Counters>> + Send {
        async { Ok(Self::Counters::default()) }
    }

    /// Reads the people after the cursor who are due and whom the job selects, in the order of their ids.
    fn read(
        &self,
        tx: &mut PgConnection,
        scope: &Scope<Round<Self::Settings>>,
        after: Option<Uuid>,
        limit: i64,
    ) -> impl Future<Output = Result<Vec<(Person, Self::Facts)>>> + Send;

    /// What is to be said to somebody who wants to be told: pure.
    fn say(
        scope: &Scope<Round<Self::Settings>>,
        reader: &Reader,
        facts: &Self::Facts,
    ) -> Result<Said<Self>, Reason>;

    /// Writes what is its own once it is known what was announced, and counts it.
    fn settle(
        &self,
        tx: &mut PgConnection,
        scope: &Scope<Round<Self::Settings>>,
        told: &[(&Self::Own, Outcome)],
    ) -> impl Future<Output = Result<Self::Counters>> + Send;
}

/// What there is to say.
pub enum Said<R: Reminder> {
    /// Nothing, and as what that counts.
    Nothing(Counted<R::Counters>),
    Something(Something<R>),
}

/// Something to say.
pub struct Something<R: Reminder> {
    /// In the application and as a push; what the person has switched off is left out.
    pub notices: Vec<Notice>,
    pub draft: Option<Draft<R::Letter>>,
    pub own: R::Own,
    pub counted: R::Counters,
}

/// An e-mail that is to be written if nothing stands in its way.
pub struct Draft<L> {
    /// As in `productivity.contact_log.kind`.
    pub kind: &'static str,
    pub dedupe_key: String,
    pub expires_at: DateTime<Utc>,
    /// The person has had enough of such e-mails for now.
    pub is_capped: bool,
    pub letter: L,
}

/// A company as a reminder job sees it.
#[derive(Debug, Clone)]
pub struct Round<Settings> {
    pub company: Company,
    /// Whose slot it is.
    pub due: DueZones,
    pub clock: Clock,
    pub frontend_url: String,
    pub settings: Settings,
}

/// A reminder job.
pub struct Reminding<R> {
    reminder: R,
    clock: Clock,
    frontend_url: String,
}

/// A person, and what the rule must know of him.
pub struct Row<R: Reminder> {
    reader: Reader,
    facts: R::Facts,
}

/// What is to be written for one person.
pub struct Change<R: Reminder> {
    pub user_id: Uuid,
    pub read_on: NaiveDate,
    pub notices: Vec<Notice>,
    pub post: Option<Post>,
    own: R::Own,
}

impl<R: Reminder> Reminding<R> {
    /// The job whose links lead to `FRONTEND_URL`, by the clock that `REMINDER_CLOCK` names.
    ///
    /// # Errors
    /// [`ConfigError`] names the variable that is missing or malformed, and says what it takes.
    pub fn from_variables(variables: &Variables<'_>) -> Result<Self, ConfigError> {
        let clocks = [("utc", Clock::Utc), ("local", Clock::Local)];
        Ok(Self {
            reminder: R::default(),
            clock: variables.one_of("REMINDER_CLOCK", &clocks, Clock::Utc)?,
            frontend_url: variables.base_url("FRONTEND_URL")?,
        })
    }

    fn frame<'a>(round: &'a Round<R::Settings>, person: &'a Person) -> Frame<'a> {
        Frame {
            frontend_url: &round.frontend_url,
            name: person.name(),
            token: person.unsubscribe_token,
            preference: R::PREFERENCE,
        }
    }

    /// Takes an e-mail through the gate: written, or why not. `Err` is what it counts as.
    fn post(
        scope: &Scope<Round<R::Settings>>,
        reader: &Reader,
        draft: Draft<R::Letter>,
    ) -> Result<Result<Post, Common>, Reason> {
        let Some(address) = &reader.person.address else {
            return Ok(Err(Common {
                skipped_pref: 1,
                ..Common::default()
            }));
        };
        if reader.person.is_suppressed {
            return Ok(Err(Common {
                skipped_suppressed: 1,
                ..Common::default()
            }));
        }
        let then = if draft.is_capped {
            Then::Capped
        } else if reader.reads_at >= draft.expires_at {
            Then::TooLate
        } else {
            let frame = Self::frame(&scope.settings, &reader.person);
            let facts = serde_json::to_value(&draft.letter)
                .map_err(|error| Reason(format!("write the mail: {error}")))?;
            Then::Queue(Box::new(Mail {
                address: address.clone(),
                subject: letter::subject(&draft.letter.subject()),
                text: draft.letter.text(&frame)?,
                html: draft.letter.html(&frame)?,
                payload: json!({
                    "userId": reader.person.id,
                    "kind": draft.kind,
                    "localDate": reader.reads_on,
                    "facts": facts,
                }),
                headers: frame.headers(),
                not_before: (reader.reads_at > scope.as_of).then_some(reader.reads_at),
                expires_at: draft.expires_at,
            }))
        };
        Ok(Ok(Post {
            kind: draft.kind,
            dedupe_key: draft.dedupe_key,
            then,
        }))
    }
}

impl Round<()> {
    fn with<Settings>(self, settings: Settings) -> Round<Settings> {
        Round {
            company: self.company,
            due: self.due,
            clock: self.clock,
            frontend_url: self.frontend_url,
            settings,
        }
    }
}

impl<Settings> Round<Settings> {
    /// An absolute link into the application.
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.frontend_url)
    }
}
