//! Taking messages out of the outbox, so that nobody else takes them.

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use shared::report::SubjectChange;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Counters, pace::ATTEMPTS};
use crate::delivery::message::{Endpoint, Outgoing, Tenant};

/// How long a claim lasts, in seconds: several times as long as a claimed message waits for its place and an attempt takes.
/// Until it ends the message is the run's; afterwards the run has died.
pub const LEASE: f64 = 300.0;

/// Whose messages, through which channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// None is the operator.
    pub tenant_id: Option<Uuid>,
    pub slug: Option<String>,
    pub channel: String,
}

/// A message that is to be sent, and in which attempt.
pub struct Claimed {
    pub message: Outgoing,
    /// The first is 1.
    pub attempt: i32,
    /// Whether the messages behind it wait for it.
    pub is_ordered: bool,
}

impl Claimed {
    pub fn is_webhook(&self) -> bool {
        self.message.channel == "webhook"
    }
}

/// What a claim took: what is to be sent, and how many were settled at once.
#[derive(Default)]
pub struct Claims {
    pub to_send: Vec<Claimed>,
    pub counted: Counters,
    /// What a dry run shows.
    pub changes: Vec<SubjectChange>,
}

/// Who has something to send at `now`.
///
/// # Errors
/// When the database refuses.
pub async fn sources(
    connection: &mut PgConnection,
    now: DateTime<Utc>,
    channels: &[String],
    tenant: Option<Uuid>,
) -> Result<Vec<Source>> {
    sqlx::query_file_as!(Source, "sql/deliver-messages/due.sql", now, channels, tenant)
        .fetch_all(connection)
        .await
        .context("look whose messages are due")
}

/// A row that was claimed.
struct Row {
    id: Uuid,
    job: String,
    channel: String,
    target: String,
    subject: String,
    body_text: String,
    body_html: String,
    payload: Value,
    headers: Value,
    status: String,
    attempts: i32,
    target_url: Option<String>,
    secret: Option<String>,
    previous_secret: Option<String>,
    is_ordered: bool,
}

/// Claims at most `most` messages of a source, oldest turn first.
///
/// # Errors
/// When the database refuses.
pub async fn claim(
    tx: &mut PgConnection,
    source: &Source,
    now: DateTime<Utc>,
    most: usize,
) -> Result<Claims> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let rows = match source.channel.as_str() {
        "webhook" => {
            sqlx::query_file_as!(
                Row,
                "sql/deliver-messages/claim_webhooks.sql",
                source.tenant_id,
                now,
                most,
                LEASE,
                ATTEMPTS
            )
            .fetch_all(tx)
            .await
        }
        channel => {
            sqlx::query_file_as!(
                Row,
                "sql/deliver-messages/claim.sql",
                source.tenant_id,
                channel,
                now,
                most,
                LEASE,
                ATTEMPTS
            )
            .fetch_all(tx)
            .await
        }
    };
    let mut claims = Claims::default();
    for row in rows.context("claim messages")? {
        claims.changes.push(row.change(source));
        match row.status.as_str() {
            "expired" => claims.counted.expired += 1,
            "suppressed" => claims.counted.suppressed += 1,
            "failed" => claims.counted.failed += 1,
            _ => claims.to_send.push(row.claimed(source)),
        }
    }
    Ok(claims)
}

impl Row {
    fn change(&self, source: &Source) -> SubjectChange {
        SubjectChange {
            tenant: source.slug.clone().unwrap_or_default(),
            subject: format!("message:{}", self.id),
            before: Value::from("due"),
            after: Value::from(self.status.clone()),
        }
    }

    fn claimed(self, source: &Source) -> Claimed {
        let tenant = source.tenant_id.zip(source.slug.clone());
        let endpoint = self.target_url.zip(self.secret);
        Claimed {
            attempt: self.attempts,
            is_ordered: self.is_ordered,
            message: Outgoing {
                id: self.id,
                tenant: tenant.map(|(id, slug)| Tenant { id, slug }),
                job: self.job,
                channel: self.channel,
                target: self.target,
                subject: self.subject,
                body_text: self.body_text,
                body_html: self.body_html,
                payload: self.payload,
                headers: match self.headers {
                    Value::Object(headers) => headers,
                    _ => Map::new(),
                },
                endpoint: endpoint.map(|(target_url, secret)| Endpoint {
                    target_url,
                    secret,
                    previous_secret: self.previous_secret,
                }),
            },
        }
    }
}
