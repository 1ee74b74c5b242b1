//! Writing down what became of attempts.

use std::time::Duration;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use shared::sql::column;
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use super::{claim::Claimed, pace};
use crate::delivery::message::Outcome;

/// How long an endpoint rests between two messages: at most 60 a minute go to one.
pub const REST: Duration = Duration::from_secs(1);
/// How long a message waits whose way is closed.
const CLOSED_WAIT: Duration = Duration::from_secs(60);

/// What is written down of an attempt.
#[derive(Debug, Clone, PartialEq)]
pub struct Settlement {
    pub tenant: Option<Uuid>,
    pub id: Uuid,
    pub attempt: i32,
    pub fate: Fate,
    pub why: Option<String>,
    pub reference: Option<String>,
    /// Whether it counts as one of the message's attempts.
    pub counts: bool,
    /// How long the message waits for the next attempt.
    pub wait: Option<Duration>,
    /// How long its endpoint is left alone.
    pub hold: Option<Duration>,
}

/// What becomes of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Sent,
    /// It is tried again.
    Pending,
    Failed,
    /// It failed, and its endpoint is disabled.
    Gone,
}

impl Fate {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Pending => "pending",
            Self::Failed => "failed",
            Self::Gone => "gone",
        }
    }
}

impl Settlement {
    /// What an outcome means for the message.
    pub fn of(claimed: &Claimed, outcome: Outcome) -> Self {
        let rested = Self {
            hold: claimed.is_webhook().then_some(REST),
            ..Self::back(claimed)
        };
        let counted = Self {
            counts: true,
            ..rested.clone()
        };
        match outcome {
            Outcome::Sent { reference } => Self {
                fate: Fate::Sent,
                reference,
                wait: None,
                ..counted
            },
            Outcome::Never { why } => Self {
                fate: Fate::Failed,
                why: Some(why),
                wait: None,
                ..counted
            },
            Outcome::Gone { why } => Self {
                fate: Fate::Gone,
                why: Some(why),
                wait: None,
                ..counted
            },
            Outcome::Closed { why, after } => {
                let wait = after.unwrap_or_default().max(CLOSED_WAIT);
                Self {
                    why: Some(why),
                    wait: (!claimed.is_ordered).then_some(wait),
                    hold: claimed.is_webhook().then_some(wait),
                    ..rested
                }
            }
            Outcome::Again { why, after } => {
                let after = after.unwrap_or_default();
                let wait = pace::wait(claimed.message.id, claimed.attempt).map(|wait| wait.max(after));
                let hold = |least: Duration| claimed.is_webhook().then_some(least.max(REST));
                match wait {
                    None => Self {
                        fate: Fate::Failed,
                        why: Some(why),
                        wait: None,
                        hold: hold(after),
                        ..counted
                    },
                    // The endpoint waits, and with it all that is behind; the message keeps its place before them.
                    Some(wait) if claimed.is_ordered => Self {
                        why: Some(why),
                        wait: None,
                        hold: hold(wait),
                        ..counted
                    },
                    Some(wait) => Self {
                        why: Some(why),
                        wait: Some(wait),
                        hold: hold(after),
                        ..counted
                    },
                }
            }
        }
    }

    /// A message that was claimed and not tried: it is due as before.
    pub fn back(claimed: &Claimed) -> Self {
        Self {
            tenant: claimed.message.tenant.as_ref().map(|tenant| tenant.id),
            id: claimed.message.id,
            attempt: claimed.attempt,
            fate: Fate::Pending,
            why: None,
            reference: None,
            counts: false,
            wait: (!claimed.is_ordered).then_some(Duration::ZERO),
            hold: claimed.is_webhook().then_some(Duration::ZERO),
        }
    }
}

/// Writes the settlements down, those of each tenant in a transaction. It needs no fence: a run that was overtaken still
/// knows what became of its messages, and one that somebody else has claimed since is left alone.
///
/// # Errors
/// When the database refuses.
pub async fn write(connection: &mut PgConnection, now: DateTime<Utc>, settled: &[Settlement]) -> Result<()> {
    let mut rest: Vec<&Settlement> = settled.iter().collect();
    while let Some(tenant) = rest.first().map(|one| one.tenant) {
        let (part, others): (Vec<_>, Vec<_>) = rest.into_iter().partition(|one| one.tenant == tenant);
        write_of(connection, now, tenant, &part).await?;
        rest = others;
    }
    Ok(())
}

async fn write_of(
    connection: &mut PgConnection,
    now: DateTime<Utc>,
    tenant: Option<Uuid>,
    settled: &[&Settlement],
) -> Result<()> {
    let seconds = |duration: Option<Duration>| duration.map(|duration| duration.as_secs_f64());
    let mut tx = connection
        .begin()
        .await
        .context("write down what became of messages")?;
    sqlx::query_file!("sql/deliver-messages/whose.sql", tenant)
        .fetch_one(&mut *tx)
        .await
        .context("say whose messages they are")?;
    sqlx::query_file!(
        "sql/deliver-messages/settle.sql",
        tenant,
        now,
        &column(settled, |one| one.id),
        &column(settled, |one| one.attempt),
        &column(settled, |one| one.fate.as_str().to_owned()),
        &column(settled, |one| one.why.clone()) as &[Option<String>],
        &column(settled, |one| one.reference.clone()) as &[Option<String>],
        &column(settled, |one| one.counts),
        &column(settled, |one| seconds(one.wait)) as &[Option<f64>],
        &column(settled, |one| seconds(one.hold)) as &[Option<f64>],
    )
    .fetch_all(&mut *tx)
    .await
    .context("write down what became of messages")?;
    tx.commit().await.context("write down what became of messages")
}
