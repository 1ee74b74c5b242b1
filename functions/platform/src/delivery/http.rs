//! What webhooks and the CRM have in common: one request, and what its answer means for the message.

use std::{error::Error, time::Duration};

use chrono::{DateTime, Utc};
use reqwest::{
    Client, ClientBuilder, Response, StatusCode,
    header::{HeaderMap, RETRY_AFTER},
    redirect,
};
use tokio::time::{Instant, timeout, timeout_at};

use super::{guard::Refused, message::Outcome};

/// How long one attempt may take, from looking the receiver's name up to the head of its answer.
pub const DEADLINE: Duration = Duration::from_secs(15);
/// The longest that a receiver may ask to be left alone. Past this it is told again without having asked for it: a
/// message has five attempts, and they are to be over within hours.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(3600);
/// How much of an answer's body is read. None of it is used; a body that is read to its end leaves a connection that
/// the next message can go over.
const BODY_READ_MAX: usize = 4 * 1024;
/// How long such a body is waited for: what it says changes nothing.
const BODY_PATIENCE: Duration = Duration::from_secs(1);
/// How long a connection is kept for the next message. Receivers commonly cut theirs after a minute or less.
const IDLE: Duration = Duration::from_secs(20);

/// Says to receivers who speaks.
const USER_AGENT: &str = concat!("Nightshift/", env!("CARGO_PKG_VERSION"));

/// What every client of this crate is made from: no redirects, no proxy, certificates checked.
pub fn client() -> ClientBuilder {
    Client::builder()
        .user_agent(USER_AGENT)
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_proxy()
        .pool_idle_timeout(IDLE)
}

/// The head of an answer.
pub struct Answer {
    pub status: StatusCode,
    /// How long the receiver wants to be left alone.
    retry_after: Option<Duration>,
}

impl Answer {
    /// What the answer means where nothing else is known of its status. `who` has sent it.
    pub fn outcome(&self, who: &str) -> Outcome {
        let status = self.status.as_u16();
        match status {
            200..=299 => Outcome::Sent { reference: None },
            300..=399 => Outcome::never(format!("{who} redirects (HTTP {status}), which is not followed")),
            408 | 425 | 429 | 500..=599 => Outcome::Again {
                why: format!("{who} answered HTTP {status}"),
                after: self.retry_after,
            },
            _ => Outcome::never(format!("{who} answered HTTP {status}")),
        }
    }
}

/// Makes one request and hears the answer out. The attempt that it belongs to began at `begun`.
///
/// # Errors
/// What became of the message when there was no answer.
pub async fn exchange(
    client: &Client,
    request: reqwest::RequestBuilder,
    who: &str,
    begun: Instant,
    now: DateTime<Utc>,
) -> Result<Answer, Outcome> {
    let request = request
        .build()
        .map_err(|_| Outcome::never(format!("the request to {who} cannot be made")))?;
    let answer = timeout_at(begun + DEADLINE, client.execute(request)).await;
    let response = match answer {
        Ok(answer) => answer.map_err(|error| unanswered(&error, who))?,
        Err(_) => {
            let seconds = DEADLINE.as_secs();
            return Err(Outcome::again(format!("{who} did not answer within {seconds} s")));
        }
    };
    let answer = Answer {
        status: response.status(),
        retry_after: retry_after(response.headers(), now),
    };
    // The head has said it all; a body that breaks off or does not come takes nothing back.
    drop(timeout(BODY_PATIENCE, drain(response)).await);
    Ok(answer)
}

async fn drain(mut response: Response) {
    let mut read = 0;
    while let Ok(Some(chunk)) = response.chunk().await {
        read += chunk.len();
        if read >= BODY_READ_MAX {
            return;
        }
    }
}

/// What an error without an answer means. Its text is not used: it holds the URL.
fn unanswered(error: &reqwest::Error, who: &str) -> Outcome {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(one) = cause {
        if let Some(Refused(why)) = one.downcast_ref() {
            return Outcome::never(*why);
        }
        cause = one.source();
    }
    match error.is_connect() {
        true => Outcome::closed(format!("{who} could not be reached")),
        false => Outcome::again(format!("{who} cut the connection before it answered")),
    }
}

/// `Retry-After` in either of its forms (RFC 9110, 10.2.3): seconds, or an instant.
fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let wait = match is_number {
        // A number that is too big to read is long.
        true => Duration::from_secs(text.parse().unwrap_or(u64::MAX)),
        false => {
            let until = DateTime::parse_from_rfc2822(text).ok()?;
            // One that has passed is none at all.
            until.signed_duration_since(now).to_std().unwrap_or_default()
        }
    };
    Some(wait.min(RETRY_AFTER_MAX))
}

#[cfg(test)]
mod tests;
