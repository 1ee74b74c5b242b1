//! Secrets from AWS Secrets Manager, kept in memory for a while. The client is made when the first
//! secret is asked for, so a function that needs none does not pay for it.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use anyhow::{Result, anyhow, bail};
use aws_config::{BehaviorVersion, timeout::TimeoutConfig};
use aws_sdk_secretsmanager::{Client, error::ProvideErrorMetadata};
use tokio::sync::{Mutex, OnceCell};

/// How long one attempt may take; the SDK tries three times. A run waits for its secret, and a
/// Lambda without a route to Secrets Manager must say so well inside its own time.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(5);

/// The secrets of a process.
pub struct Secrets {
    max_age: Duration,
    client: OnceCell<Client>,
    kept: Mutex<HashMap<String, Kept>>,
}

struct Kept {
    text: String,
    fetched: Instant,
}

impl Kept {
    fn young(&self, max_age: Duration) -> Option<String> {
        (self.fetched.elapsed() < max_age).then(|| self.text.clone())
    }
}

impl Secrets {
    pub fn new(max_age: Duration) -> Self {
        Self {
            max_age,
            client: OnceCell::new(),
            kept: Mutex::default(),
        }
    }

    /// A secret's text: from memory while it is young enough, else from Secrets Manager.
    ///
    /// # Errors
    /// Names the secret's id and the reason, never its content.
    pub async fn get(&self, id: &str) -> Result<String> {
        // In a statement of its own, which ends the lock before the secret is fetched.
        let kept = self
            .kept
            .lock()
            .await
            .get(id)
            .and_then(|kept| kept.young(self.max_age));
        match kept {
            Some(text) => Ok(text),
            None => self.fetch(id).await,
        }
    }

    /// A secret's text as it is now, whatever is in memory. Asked for when the one in memory no longer works.
    ///
    /// # Errors
    /// As [`Secrets::get`].
    pub async fn fetch(&self, id: &str) -> Result<String> {
        let client = self.client.get_or_init(connect).await;
        let answer = client
            .get_secret_value()
            .secret_id(id)
            .send()
            .await
            .map_err(|error| {
                let reason = error
                    .code()
                    .unwrap_or("no answer from Secrets Manager")
                    .to_owned();
                anyhow!("read the secret {id}: {reason}")
            })?;
        let Some(text) = answer.secret_string() else {
            bail!("read the secret {id}: it holds no text")
        };
        let kept = Kept {
            text: text.to_owned(),
            fetched: Instant::now(),
        };
        self.kept.lock().await.insert(id.to_owned(), kept);
        Ok(text.to_owned())
    }
}

async fn connect() -> Client {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(ATTEMPT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT);
    let config = aws_config::defaults(BehaviorVersion::latest()).timeout_config(timeouts.build());
    Client::new(&config.load().await)
}
