//! Webhooks by Standard Webhooks 1.0.0: the message's payload, posted to its endpoint's URL and signed with the
//! endpoint's secrets.

pub mod secret;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use reqwest::{Client, ClientBuilder, StatusCode, header::CONTENT_TYPE};
use shared::config::AppEnv;
use tokio::time::Instant;

use super::{
    Channel,
    guard::{Guard, System},
    http,
    message::{Outcome, Outgoing},
};
use secret::{SealingKey, Secret, Unusable};

/// How many endpoints are spoken to, so that a few that are silent do not hold up the others.
const AT_ONCE: usize = 32;
/// Who is meant in the reasons of outcomes.
const WHO: &str = "the webhook's receiver";

/// The channel `webhook`.
pub struct Webhook {
    guard: Guard,
    client: Client,
    /// Opens the endpoints' secrets. Development has them in clear as well.
    key: Option<SealingKey>,
    is_development: bool,
}

impl Webhook {
    /// # Errors
    /// The roots of trust of this machine cannot be read.
    pub fn new(app_env: AppEnv, key: Option<SealingKey>) -> Result<Self> {
        let is_development = app_env == AppEnv::Development;
        Self::with(
            Guard::new(System, is_development),
            http::client(),
            key,
            is_development,
        )
    }

    fn with(
        guard: Guard,
        client: ClientBuilder,
        key: Option<SealingKey>,
        is_development: bool,
    ) -> Result<Self> {
        let client = client
            .dns_resolver(guard.clone())
            .build()
            .context("make the HTTP client of webhooks")?;
        Ok(Self {
            guard,
            client,
            key,
            is_development,
        })
    }

    async fn post(&self, message: &Outgoing, now: DateTime<Utc>) -> Result<Outcome, Outcome> {
        let endpoint = match &message.endpoint {
            Some(endpoint) => endpoint,
            None => return Err(Outcome::never("its webhook endpoint is there no more")),
        };
        let url = self
            .guard
            .url(&endpoint.target_url)
            .map_err(|refused| Outcome::never(refused.0))?;
        let body = serde_json::to_vec(&message.payload)
            .map_err(|_| Outcome::never("its payload cannot be written as JSON"))?;
        let (id, timestamp) = (message.id.to_string(), now.timestamp().to_string());
        let secrets = std::iter::once(&endpoint.secret).chain(&endpoint.previous_secret);
        let signatures: Result<Vec<String>, _> = secrets
            .map(|stored| {
                Secret::read(stored, self.key.as_ref(), self.is_development)
                    .map(|secret| secret.sign(&id, &timestamp, &body))
            })
            .collect();
        let signatures = signatures.map_err(|unusable| match unusable {
            Unusable::Locked(why) => Outcome::closed(why),
            Unusable::Malformed(why) => Outcome::never(why),
        })?;
        let request = self
            .client
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", signatures.join(" "))
            .body(body);
        let answer = http::exchange(&self.client, request, WHO, Instant::now(), now).await;
        // Each endpoint is a way of its own.
        let answer = answer.map_err(|outcome| match outcome {
            Outcome::Closed { why, after } => Outcome::Again { why, after },
            outcome => outcome,
        })?;
        Ok(match answer.status {
            StatusCode::GONE => Outcome::Gone {
                why: format!("{WHO} answered HTTP 410: it is there no more"),
            },
            _ => answer.outcome(WHO),
        })
    }
}

impl Channel for Webhook {
    fn name(&self) -> &'static str {
        "webhook"
    }

    fn at_once(&self) -> usize {
        AT_ONCE
    }

    fn send<'a>(&'a self, message: &'a Outgoing, now: DateTime<Utc>) -> BoxFuture<'a, Outcome> {
        Box::pin(async move { self.post(message, now).await.unwrap_or_else(|outcome| outcome) })
    }
}

#[cfg(test)]
mod tests;
