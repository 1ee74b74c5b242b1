//! Secrets from AWS Secrets Manager, kept in memory for a while. The client is made when the first
//! secret is asked for, so a function that needs none does not pay for it.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use anyhow::{Result, anyhow, bail};
use aws_config::{BehaviorVersion, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_secretsmanager::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    operation::get_secret_value::GetSecretValueError,
};
use tokio::sync::{Mutex, OnceCell};

/// How often a secret is asked for, and how long one attempt may take. With the SDK's pauses between them, 3 s
/// at most, that is 18 s: a Lambda without a route to Secrets Manager must say so well inside its own time.
const ATTEMPTS: u32 = 3;
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
            .map_err(|error| anyhow!("read the secret {id}: {}", reason(&error)))?;
        let Some(text) = answer.secret_string() else {
            bail!("read the secret {id}: it is binary; store it as text (SecretString)")
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
    let config = aws_config::defaults(BehaviorVersion::latest())
        .timeout_config(timeouts.build())
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS));
    Client::new(&config.load().await)
}

/// Why a secret was not given, and what helps. The service's own message is left out: it names the account and
/// the caller.
fn reason(error: &SdkError<GetSecretValueError>) -> String {
    let silent = match error {
        SdkError::TimeoutError(_) => true,
        SdkError::DispatchFailure(failure) => failure.is_io() || failure.is_timeout(),
        _ => false,
    };
    if silent {
        return format!(
            "no answer from Secrets Manager in {ATTEMPTS} attempts of at most {} s; a function in a VPC needs a NAT \
             gateway or an interface endpoint for it",
            ATTEMPT_TIMEOUT.as_secs()
        );
    }
    let Some(answer) = error.raw_response() else {
        return "the call could not be made; give the process AWS credentials and a region".to_owned();
    };
    let Some(code) = error.code() else {
        return format!(
            "Secrets Manager answered HTTP status {}",
            answer.status().as_u16()
        );
    };
    let remedy = match code {
        "AccessDeniedException" => {
            "the role needs secretsmanager:GetSecretValue on it, and kms:Decrypt where its key is your own"
        }
        "DecryptionFailure" => "look whether its KMS key is enabled and the role has kms:Decrypt on it",
        "InvalidRequestException" => "it is marked for deletion; restore it",
        "ResourceNotFoundException" => {
            "no secret of that name has a value in the function's account and region"
        }
        _ => return code.to_owned(),
    };
    format!("{code}: {remedy}")
}
