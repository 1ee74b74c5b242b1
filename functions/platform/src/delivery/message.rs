//! A message on its way, and what became of it.

use std::{fmt, time::Duration};

use serde_json::{Map, Value};
use uuid::Uuid;

/// The longest target in bytes: a mailbox in an SMTP path, without its brackets (RFC 5321, 4.5.3.1.3).
pub const TARGET_MAX: usize = 254;
/// The longest subject in characters. Mail programs show some 70; past this it is a body in the wrong place.
pub const SUBJECT_MAX: usize = 500;
/// The longest body in bytes, text and HTML each. Encoded, both stay well under the 10 MB that every mail server takes.
pub const BODY_MAX: usize = 1024 * 1024;
/// The longest header value in bytes: with its name it fits a line of 998 (RFC 5322, 2.1.1), so it need not be folded.
pub const HEADER_MAX: usize = 900;
/// The longest payload in bytes, as JSON: what queues and receivers commonly take.
pub const PAYLOAD_MAX: usize = 256 * 1024;

/// A claimed row of `platform.message`, with what its target stands for.
#[derive(Clone)]
pub struct Outgoing {
    pub id: Uuid,
    /// None is the operator's own.
    pub tenant: Option<Tenant>,
    pub job: String,
    pub channel: String,
    pub target: String,
    pub subject: String,
    pub body_text: String,
    pub body_html: String,
    pub payload: Value,
    pub headers: Map<String, Value>,
    /// Where a webhook goes: the enabled row of `platform.webhook_endpoint` that `target` names, as it is at sending.
    pub endpoint: Option<Endpoint>,
}

/// Whose a message is.
#[derive(Clone)]
pub struct Tenant {
    pub id: Uuid,
    pub slug: String,
}

/// A row of `platform.webhook_endpoint`.
#[derive(Clone)]
pub struct Endpoint {
    pub target_url: String,
    pub secret: String,
    pub previous_secret: Option<String>,
}

/// Only what a log line may hold.
impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let slug = self.tenant.as_ref().map(|tenant| tenant.slug.as_str());
        f.debug_struct("Outgoing")
            .field("id", &self.id)
            .field("tenant", &slug)
            .field("job", &self.job)
            .field("channel", &self.channel)
            .finish_non_exhaustive()
    }
}

/// What became of an attempt. Each reason is a phrase for operators, as it stands in `last_error`: it holds no address,
/// no path of a URL, no secret and nothing of the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The receiver has taken it. `reference` is the receiver's own name for it.
    Sent { reference: Option<String> },
    /// Nobody has taken it, or nobody said so, and another attempt may fare better. `after` is how long the receiver
    /// wants to be left alone.
    Again { why: String, after: Option<Duration> },
    /// The way there is closed for every message, so that this one was not tried: its server cannot be reached, or refuses our
    /// login. `after` is how long it wants to be left alone.
    Closed { why: String, after: Option<Duration> },
    /// No attempt will fare better.
    Never { why: String },
    /// The receiver is there no more: its endpoint is to be disabled.
    Gone { why: String },
}

impl Outcome {
    pub(super) fn again(why: impl Into<String>) -> Self {
        Self::Again {
            why: why.into(),
            after: None,
        }
    }

    pub(super) fn closed(why: impl Into<String>) -> Self {
        Self::Closed {
            why: why.into(),
            after: None,
        }
    }

    pub(super) fn never(why: impl Into<String>) -> Self {
        Self::Never { why: why.into() }
    }
}

impl Outgoing {
    /// Looks for what no channel may send: what is too long, and characters that would end a line of a protocol.
    ///
    /// # Errors
    /// The reason, as [`Outcome::Never`] has it.
    pub(super) fn check(&self) -> Result<(), String> {
        let payload = serde_json::to_string(&self.payload).map_or(usize::MAX, |text| text.len());
        for (what, length, max) in [
            ("target", self.target.len(), TARGET_MAX),
            ("subject", self.subject.chars().count(), SUBJECT_MAX),
            ("text", self.body_text.len(), BODY_MAX),
            ("HTML", self.body_html.len(), BODY_MAX),
            ("payload", payload, PAYLOAD_MAX),
        ] {
            if length > max {
                return Err(format!("its {what} is longer than {max}"));
            }
        }
        for (what, text) in [("target", &self.target), ("subject", &self.subject)] {
            if text.chars().any(char::is_control) {
                return Err(format!("its {what} holds a control character"));
            }
        }
        Ok(())
    }

    /// Whether it is one that its receiver cannot unsubscribe from.
    pub(super) fn is_transactional(&self) -> bool {
        self.payload.get("transactional") == Some(&Value::Bool(true))
    }
}
