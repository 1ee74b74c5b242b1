//! How a run is started: by Lambda, or in development as a command.

use std::{
    env,
    path::PathBuf,
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, anyhow};
use aws_config::{BehaviorVersion, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_lambda::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    operation::invoke::InvokeError,
    primitives::Blob,
    types::InvocationType,
};
use chrono::{DateTime, SecondsFormat, Utc};
use futures_util::future::join_all;
use serde_json::{Value, json};
use shared::{
    config::{ConfigError, Variables},
    on_lambda,
};
use tokio::sync::OnceCell;

/// How often Lambda is asked, and how long one attempt may take. All starts of a look are made at once, so that this is
/// the time of all of them.
const ATTEMPTS: u32 = 3;
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(5);

/// A run that is to be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    pub job: String,
    pub key: String,
    pub as_of: DateTime<Utc>,
    pub tenant: Option<String>,
    pub reason: String,
}

impl Start {
    fn as_of(&self) -> String {
        self.as_of.to_rfc3339_opts(SecondsFormat::AutoSi, true)
    }

    /// The direct request.
    fn request(&self) -> Value {
        let mut request = json!({"key": self.key, "asOf": self.as_of(), "reason": self.reason});
        if let (Some(fields), Some(tenant)) = (request.as_object_mut(), &self.tenant) {
            fields.insert("tenant".into(), tenant.as_str().into());
        }
        request
    }
}

/// What starts runs.
pub enum Starter {
    /// Lambda, whose functions' names are this and the job's.
    Lambda {
        prefix: String,
        client: Box<OnceCell<Client>>,
    },
    /// Commands: the jobs' binaries in this folder. They go on when whoever started them is gone, and take no key: the
    /// rows of their runs keep them from being started twice, once they have begun.
    Commands { folder: PathBuf },
}

impl Starter {
    /// On Lambda, functions that begin with `FUNCTION_NAME_PREFIX`; else the binaries beside this one.
    ///
    /// # Errors
    /// When the prefix is needed and missing.
    pub fn from_variables(variables: &Variables<'_>) -> Result<Self, ConfigError> {
        if on_lambda() {
            return match variables.text("FUNCTION_NAME_PREFIX") {
                Some(prefix) => Ok(Self::lambda(prefix.trim())),
                None => Err(ConfigError::new("FUNCTION_NAME_PREFIX is not set")),
            };
        }
        let binary = env::current_exe()
            .map_err(|error| ConfigError::new(format!("find the binaries of the jobs: {}", error.kind())))?;
        Ok(Self::Commands {
            folder: binary.parent().map(Into::into).unwrap_or_default(),
        })
    }

    pub fn lambda(prefix: &str) -> Self {
        Self::Lambda {
            prefix: prefix.to_owned(),
            client: Box::default(),
        }
    }

    /// Starts runs; of each whether that was taken. Nobody waits for their end.
    pub async fn start(&self, starts: &[Start]) -> Vec<Result<()>> {
        join_all(starts.iter().map(|start| self.start_one(start))).await
    }

    async fn start_one(&self, start: &Start) -> Result<()> {
        match self {
            Self::Lambda { prefix, client } => {
                let client = client.get_or_init(connect).await;
                let name = format!("{prefix}{}", start.job);
                let sent = client
                    .invoke()
                    .function_name(&name)
                    .invocation_type(InvocationType::Event)
                    .payload(Blob::new(start.request().to_string()))
                    .send();
                match sent.await {
                    Ok(_) => Ok(()),
                    Err(error) => Err(anyhow!("invoke {name}: {}", reason(&error))),
                }
            }
            Self::Commands { folder } => {
                let mut command = Command::new(folder.join(&start.job));
                command.args(["--as-of", &start.as_of()]);
                if let Some(tenant) = &start.tenant {
                    command.args(["--tenant", tenant]);
                }
                command.stdin(Stdio::null()).stdout(Stdio::null());
                #[cfg(unix)]
                std::os::unix::process::CommandExt::process_group(&mut command, 0);
                let child = command.spawn();
                child
                    .map(drop)
                    .with_context(|| format!("start the command {}", start.job))
            }
        }
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

/// Why Lambda did not take it. Its own message is left out: it names the account and the caller.
fn reason(error: &SdkError<InvokeError>) -> String {
    match (error.code(), error.raw_response()) {
        (Some("AccessDeniedException"), _) => {
            "AccessDeniedException: the role needs lambda:InvokeFunction on it".to_owned()
        }
        (Some("ResourceNotFoundException"), _) => {
            "ResourceNotFoundException: no function has this name in the account and region".to_owned()
        }
        (Some(code), _) => code.to_owned(),
        (None, Some(answer)) => format!("Lambda answered HTTP status {}", answer.status().as_u16()),
        (None, None) => format!(
            "no answer from Lambda in {ATTEMPTS} attempts of at most {} s; a function in a VPC needs a NAT gateway or an \
             interface endpoint for it",
            ATTEMPT_TIMEOUT.as_secs()
        ),
    }
}

#[cfg(test)]
mod tests;
