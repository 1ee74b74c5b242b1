//! What reminders write: notices, messages, and the log of who was contacted. What is there already is not written again,
//! and what was written is what is counted.

use std::collections::HashSet;

use anyhow::{Context, Result};
use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;
use shared::{job::Scope, sql::column};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Change, Reminder, Round, counted::Common};

/// How somebody is told inside the application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    InApp,
    Push,
}

/// A row of `platform.notification`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub channel: Channel,
    pub kind: &'static str,
    pub dedupe_key: String,
    pub title: String,
    pub body: String,
    /// Absolute.
    pub link: String,
    pub expires_at: DateTime<Utc>,
}

/// An e-mail that has come through the gate as far as the rule can tell.
#[derive(Debug, Clone)]
pub struct Post {
    pub kind: &'static str,
    pub dedupe_key: String,
    pub then: Then,
}

/// What becomes of an e-mail that has not been queued before.
#[derive(Debug, Clone)]
pub enum Then {
    /// The person has had enough of them.
    Capped,
    /// It would be read after it expired.
    TooLate,
    Queue(Box<Mail>),
}

/// A row of `platform.message`.
#[derive(Debug, Clone)]
pub struct Mail {
    pub address: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    pub payload: Value,
    pub headers: Value,
    pub not_before: Option<DateTime<Utc>>,
    pub expires_at: DateTime<Utc>,
}

/// What was written for one person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Notices that are new.
    pub notices: u64,
    pub is_mail_queued: bool,
}

/// Writes what is new, says of each change what that was, and counts.
pub async fn write<R: Reminder>(
    tx: &mut PgConnection,
    scope: &Scope<Round<R::Settings>>,
    job: &str,
    changes: &[Change<R>],
) -> Result<(Vec<Outcome>, Common)> {
    let mut common = Common::default();
    let noticed = notices(tx, scope.tenant.id, changes).await?;
    let posted = posts(tx, scope.tenant.id, job, changes).await?;
    let mut posted = posted.iter();
    let mut outcomes = Vec::with_capacity(changes.len());
    for change in changes {
        let mut outcome = Outcome::default();
        for notice in &change.notices {
            if !noticed.contains(&notice.dedupe_key) {
                common.skipped_duplicate += 1;
                continue;
            }
            outcome.notices += 1;
            match notice.channel {
                Channel::InApp => common.queued_in_app += 1,
                Channel::Push => common.queued_push += 1,
            }
        }
        if let (Some(post), Some(written)) = (&change.post, change.post.as_ref().and_then(|_| posted.next()))
        {
            match (&post.then, written) {
                (Then::Queue(mail), Written::Queued) => {
                    outcome.is_mail_queued = true;
                    common.queued_email += 1;
                    common.deferred_quiet += u64::from(mail.not_before.is_some());
                }
                (_, Written::Known) | (Then::Queue(_), Written::Nothing) => common.skipped_duplicate += 1,
                (Then::Capped, _) => common.skipped_cap += 1,
                (Then::TooLate, _) => common.skipped_quiet += 1,
            }
        }
        outcomes.push(outcome);
    }
    Ok((outcomes, common))
}

/// Writes all notices; the keys of those that are new.
async fn notices<R: Reminder>(
    tx: &mut PgConnection,
    tenant: Uuid,
    changes: &[Change<R>],
) -> Result<HashSet<String>> {
    let all: Vec<(Uuid, &Notice)> = changes
        .iter()
        .flat_map(|change| change.notices.iter().map(|notice| (change.user_id, notice)))
        .collect();
    if all.is_empty() {
        return Ok(HashSet::new());
    }
    let written = sqlx::query_file_scalar!(
        "sql/reminder/notices.sql",
        tenant,
        &column(&all, |(user, _)| *user),
        &column(&all, |(_, notice)| notice.kind) as &[&str],
        &column(&all, |(_, notice)| notice.title.as_str()) as &[&str],
        &column(&all, |(_, notice)| notice.body.as_str()) as &[&str],
        &column(&all, |(_, notice)| notice.link.as_str()) as &[&str],
        &column(&all, |(_, notice)| match notice.channel {
            Channel::InApp => "in_app",
            Channel::Push => "push",
        }) as &[&str],
        &column(&all, |(_, notice)| notice.dedupe_key.as_str()) as &[&str],
        &column(&all, |(_, notice)| notice.expires_at)
    );
    let written = written.fetch_all(tx).await.context("write the notices")?;
    Ok(written.into_iter().collect())
}

/// What was done about an e-mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Written {
    Queued,
    /// It had been queued before.
    Known,
    Nothing,
}

/// Writes all e-mails that are to be queued and have not been before; what was done about each, in their order.
async fn posts<R: Reminder>(
    tx: &mut PgConnection,
    tenant: Uuid,
    job: &str,
    changes: &[Change<R>],
) -> Result<Vec<Written>> {
    let all: Vec<(Uuid, NaiveDate, &Post)> = changes
        .iter()
        .filter_map(|change| Some((change.user_id, change.read_on, change.post.as_ref()?)))
        .collect();
    if all.is_empty() {
        return Ok(Vec::new());
    }
    fn mail<'a, Cell>(
        all: &'a [(Uuid, NaiveDate, &Post)],
        cell: impl Fn(&'a Mail) -> Cell,
    ) -> Vec<Option<Cell>> {
        column(all, |(_, _, post)| match &post.then {
            Then::Queue(mail) => Some(cell(mail)),
            Then::Capped | Then::TooLate => None,
        })
    }
    let rows = sqlx::query_file!(
        "sql/reminder/posts.sql",
        tenant,
        job,
        &column(&all, |(user, _, _)| *user),
        &column(&all, |(_, date, _)| *date),
        &column(&all, |(_, _, post)| post.kind) as &[&str],
        &column(&all, |(_, _, post)| post.dedupe_key.as_str()) as &[&str],
        &mail(&all, |mail| mail.address.as_str()) as &[Option<&str>],
        &mail(&all, |mail| mail.subject.as_str()) as &[Option<&str>],
        &mail(&all, |mail| mail.text.as_str()) as &[Option<&str>],
        &mail(&all, |mail| mail.html.as_str()) as &[Option<&str>],
        &mail(&all, |mail| &mail.payload) as &[Option<&Value>],
        &mail(&all, |mail| &mail.headers) as &[Option<&Value>],
        &column(&all, |(_, _, post)| match &post.then {
            Then::Queue(mail) => mail.not_before,
            Then::Capped | Then::TooLate => None,
        }) as &[Option<DateTime<Utc>>],
        &mail(&all, |mail| mail.expires_at) as &[Option<DateTime<Utc>>]
    );
    let rows = rows.fetch_all(tx).await.context("queue the e-mails")?;
    Ok(rows
        .iter()
        .map(|row| match (row.is_queued, row.is_known) {
            (true, _) => Written::Queued,
            (false, true) => Written::Known,
            (false, false) => Written::Nothing,
        })
        .collect())
}
