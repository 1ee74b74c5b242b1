//! E-mail over SMTP.

mod letter;
pub mod settings;
mod step;
mod upgradable;

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use lettre::transport::smtp::{
    Error,
    authentication::{Credentials, DEFAULT_MECHANISMS},
    client::{AsyncSmtpConnection, Certificate, TlsParameters},
    commands::{Data, Mail, Rcpt, Rset},
    extension::ClientId,
    response::Response,
};
use tokio::time::timeout;

use super::{
    Channel,
    message::{Outcome, Outgoing},
};
use letter::Letter;
pub(super) use letter::address;
use settings::{Security, SmtpSettings};
use step::{Step, UNREACHABLE};
use upgradable::Upgradable;

/// How long one attempt may take, connecting included. RFC 5321 (4.5.3.2) would have minutes at each step; whoever is
/// that slow is tried again later.
pub const DEADLINE: Duration = Duration::from_secs(30);
/// How long one of the server's addresses is tried, so that the next one has its turn within the deadline.
const CONNECT_PATIENCE: Duration = Duration::from_secs(10);
/// How many connections the server is asked for; many servers allow no more than ten from one address.
const AT_ONCE: usize = 8;
/// How long a server is said good-bye to.
const QUIT_PATIENCE: Duration = Duration::from_secs(1);
/// How much of what the server calls a message is kept, in characters.
const REFERENCE_MAX: usize = 200;

/// The channel `email`. A connection serves many messages, and each that are sent at the same time have their own.
pub struct Email {
    settings: SmtpSettings,
    tls: Option<TlsParameters>,
    hello: ClientId,
    /// Connections that wait for the next message.
    idle: Mutex<Vec<AsyncSmtpConnection>>,
}

/// Why an attempt failed.
enum Fault {
    Unreachable,
    Dialogue(Error),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Dialogue(error)
    }
}

impl Email {
    /// # Errors
    /// When TLS cannot be set up for the host.
    pub fn new(settings: SmtpSettings) -> Result<Self> {
        let tls = match settings.security {
            Security::Plain => None,
            Security::Tls | Security::StartTls => {
                let mut tls = TlsParameters::builder(settings.host.clone());
                if let Some(pem) = &settings.authorities {
                    tls = tls.add_root_certificate(Certificate::from_pem(pem).context("read SMTP_CA_FILE")?);
                }
                Some(tls.build_rustls().context("set up TLS for SMTP_HOST")?)
            }
        };
        Ok(Self {
            hello: ClientId::Domain(settings.from.email.domain().to_owned()),
            settings,
            tls,
            idle: Mutex::default(),
        })
    }

    async fn deliver(&self, message: &Outgoing, now: DateTime<Utc>) -> Outcome {
        let letter = match Letter::of(message, &self.settings, now) {
            Ok(letter) => letter,
            Err(why) => return Outcome::never(why),
        };
        let mut step = Step::Connect;
        match timeout(DEADLINE, self.attempt(&letter, &mut step)).await {
            Ok(Ok(response)) => Outcome::Sent {
                reference: reference(&response),
            },
            Ok(Err(Fault::Unreachable)) => Outcome::closed(UNREACHABLE),
            Ok(Err(Fault::Dialogue(error))) => step.outcome(&error),
            Err(_) => step.unfinished(format!(
                "the mail server did not answer {} within {} s{}",
                step.what(),
                DEADLINE.as_secs(),
                step.doubt()
            )),
        }
    }

    async fn attempt(&self, letter: &Letter, step: &mut Step) -> Result<Response, Fault> {
        let mut connection = match self.kept().await {
            Some(connection) => connection,
            None => self.connect(step).await?,
        };
        let answer = hand_over(&mut connection, letter, step).await;
        let is_answered = match &answer {
            Ok(_) => true,
            Err(error) => error.status().is_some(),
        };
        if is_answered {
            self.idle().push(connection);
        }
        Ok(answer?)
    }

    /// A connection that has served before and still does, ready for the next message.
    async fn kept(&self) -> Option<AsyncSmtpConnection> {
        loop {
            // In a statement of its own, which ends the lock.
            let connection = self.idle().pop();
            let mut connection = connection?;
            if connection.command(Rset).await.is_ok() {
                return Some(connection);
            }
        }
    }

    async fn connect(&self, step: &mut Step) -> Result<AsyncSmtpConnection, Fault> {
        let (host, port) = (self.settings.host.as_str(), self.settings.port);
        let mut connection = match (&self.tls, self.settings.security) {
            (Some(tls), Security::StartTls) => {
                let stream = Upgradable::connect(host, port, CONNECT_PATIENCE).await;
                let stream = Box::new(stream.map_err(|_| Fault::Unreachable)?);
                let mut connection = AsyncSmtpConnection::connect_with_transport(stream, &self.hello).await?;
                *step = Step::Tls;
                connection.starttls(tls.clone(), &self.hello).await?;
                connection
            }
            (tls, _) => {
                let (server, patience) = ((host, port), Some(CONNECT_PATIENCE));
                AsyncSmtpConnection::connect_tokio1(server, patience, &self.hello, tls.clone(), None).await?
            }
        };
        if let Some((user, password)) = &self.settings.login {
            *step = Step::Login;
            let credentials = Credentials::new(user.clone(), password.clone());
            connection.auth(DEFAULT_MECHANISMS, &credentials).await?;
        }
        Ok(connection)
    }

    /// A list is whole whatever panicked while it was held.
    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<AsyncSmtpConnection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One message's part of the dialogue.
async fn hand_over(
    connection: &mut AsyncSmtpConnection,
    letter: &Letter,
    step: &mut Step,
) -> Result<Response, Error> {
    *step = Step::Sender;
    connection
        .command(Mail::new(Some(letter.from.clone()), vec![]))
        .await?;
    *step = Step::Recipient;
    connection.command(Rcpt::new(letter.to.clone(), vec![])).await?;
    *step = Step::Message;
    connection.command(Data).await?;
    *step = Step::Taking;
    // In one write. A second one, as lettre makes for the dot, would wait for the server's delayed acknowledgement of the
    // first: 40 ms a message.
    connection.command(letter.content()).await
}

/// What the server calls the message, as it says so: `2.0.0 Ok: queued as 4F2A`.
fn reference(response: &Response) -> Option<String> {
    let line = response.first_line()?.trim();
    // Some answer with an address, which is nothing to keep here.
    let is_plain = !line.is_empty() && !line.contains('@') && !line.chars().any(char::is_control);
    is_plain.then(|| line.chars().take(REFERENCE_MAX).collect())
}

impl Channel for Email {
    fn name(&self) -> &'static str {
        "email"
    }

    fn at_once(&self) -> usize {
        AT_ONCE
    }

    fn send<'a>(&'a self, message: &'a Outgoing, now: DateTime<Utc>) -> BoxFuture<'a, Outcome> {
        Box::pin(self.deliver(message, now))
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            let idle = std::mem::take(&mut *self.idle());
            for mut connection in idle {
                // Every message is done with; a server that does not answer costs none.
                drop(timeout(QUIT_PATIENCE, connection.quit()).await);
            }
        })
    }
}

#[cfg(test)]
mod tests;
