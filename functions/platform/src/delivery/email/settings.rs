//! Which mail server, and in whose name.

use std::net::IpAddr;

use anyhow::{Context, Result, bail};
use lettre::message::Mailbox;
use serde_json::Value;
use shared::config::{AppEnv, Variables};

use super::letter::address;

/// Where mail is submitted with STARTTLS (RFC 6409), and with TLS from the start (RFC 8314).
const SUBMISSION: u16 = 587;
const SUBMISSIONS: u16 = 465;

/// How a connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// TLS before anything is said.
    Tls,
    /// TLS after the greeting; without it nothing is sent.
    StartTls,
    /// None, for a server on this machine.
    Plain,
}

/// What [`super::Email`] needs to know.
#[derive(Clone)]
pub struct SmtpSettings {
    pub host: String,
    pub port: u16,
    pub security: Security,
    /// User name and password.
    pub login: Option<(String, String)>,
    /// Who every e-mail is from.
    pub from: Mailbox,
    /// PEM certificates of the authorities that are trusted beside the public ones.
    pub authorities: Option<Vec<u8>>,
    /// Whether links to this machine may stand in headers.
    pub is_development: bool,
}

impl SmtpSettings {
    /// Reads `SMTP_HOST`, `SMTP_PORT` (587), `SMTP_USER` and `SMTP_PASS`, or takes them from the text of the secret that
    /// `SMTP_SECRET_ID` names: JSON with `host`, `port`, `username` and `password`. The sender is `SMTP_FROM` or the
    /// secret's `from`: an address, with a name where one is wanted (`Nightshift <no-reply@example.com>`).
    /// `SMTP_CA_FILE` names authorities of one's own. None where no server is named.
    ///
    /// # Errors
    /// Names what is missing or malformed, and quotes nothing of it.
    pub fn from_variables(
        app_env: AppEnv,
        variables: &Variables<'_>,
        secret: Option<&str>,
    ) -> Result<Option<Self>> {
        if secret.is_some() && variables.text("SMTP_HOST").is_some() {
            bail!("SMTP_SECRET_ID and SMTP_HOST are both set: unset the one that is not meant");
        }
        let secret = secret.map(Secret::read).transpose()?;
        let (host, port, user, password) = match &secret {
            Some(secret) => (
                Some(secret.required("host")?),
                secret.port()?,
                secret.text("username"),
                secret.text("password"),
            ),
            None => (
                variables.text("SMTP_HOST"),
                variables.whole("SMTP_PORT", 1..=u16::MAX, SUBMISSION)?,
                variables.text("SMTP_USER"),
                variables.text("SMTP_PASS"),
            ),
        };
        let Some(host) = host.map(|host| host.trim().to_owned()) else {
            return Ok(None);
        };
        let login = match (user, password) {
            (Some(user), Some(password)) => Some((user, password)),
            (None, None) => None,
            _ => bail!("the mail server's user name and password must be given both or neither"),
        };
        let from = variables
            .text("SMTP_FROM")
            .or_else(|| secret.as_ref().and_then(|secret| secret.text("from")))
            .context("SMTP_FROM is not set")?;
        let authorities = variables
            .text("SMTP_CA_FILE")
            .map(|file| std::fs::read(&file).with_context(|| format!("read SMTP_CA_FILE {file}")))
            .transpose()?;
        Ok(Some(Self {
            security: security(&host, port),
            from: sender(&from)?,
            host,
            port,
            login,
            authorities,
            is_development: app_env == AppEnv::Development,
        }))
    }
}

/// Nothing but a server on this machine is spoken to in clear.
fn security(host: &str, port: u16) -> Security {
    let is_local = match host.parse::<IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => host.eq_ignore_ascii_case("localhost"),
    };
    match port {
        SUBMISSIONS => Security::Tls,
        _ if is_local => Security::Plain,
        _ => Security::StartTls,
    }
}

/// A sender whose address is fit for the dialogue and whose domain is for message ids.
pub(super) fn sender(text: &str) -> Result<Mailbox> {
    let malformed = "SMTP_FROM must be an address such as Nightshift <no-reply@example.com>";
    let mailbox: Mailbox = text.trim().parse().ok().context(malformed)?;
    if text.chars().any(char::is_control) {
        bail!(malformed);
    }
    let email = address(mailbox.email.as_ref()).ok().context(malformed)?;
    Ok(Mailbox::new(mailbox.name, email))
}

/// The JSON of the secret.
struct Secret(Value);

impl Secret {
    fn read(text: &str) -> Result<Self> {
        let value: Option<Value> = serde_json::from_str(text).ok();
        let value = value.filter(Value::is_object);
        value
            .map(Self)
            .context("the secret SMTP_SECRET_ID must be a JSON object")
    }

    fn text(&self, field: &str) -> Option<String> {
        let text = self.0.get(field)?.as_str()?;
        (!text.trim().is_empty()).then(|| text.to_owned())
    }

    fn required(&self, field: &str) -> Result<String> {
        self.text(field)
            .with_context(|| format!("the secret SMTP_SECRET_ID has no {field}"))
    }

    /// A number, or one written as text.
    fn port(&self) -> Result<u16> {
        let port = match self.0.get("port") {
            None | Some(Value::Null) => Some(SUBMISSION),
            Some(Value::String(text)) => text.trim().parse().ok(),
            Some(value) => value.as_u64().and_then(|port| u16::try_from(port).ok()),
        };
        port.filter(|port| *port > 0)
            .context("port in the secret SMTP_SECRET_ID must be a whole number from 1 to 65535")
    }
}

#[cfg(test)]
mod tests;
