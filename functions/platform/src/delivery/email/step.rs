//! How far an attempt has come, and what an error means there.

use std::{error::Error as _, io};

use lettre::transport::smtp::Error;

use crate::delivery::message::Outcome;

/// The server wants a login first (RFC 4954): not the message's fault.
const LOGIN_REQUIRED: &str = "530";

pub const UNREACHABLE: &str = "the mail server could not be reached";

/// How far an attempt has come, for the reason of its outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Connect,
    Tls,
    Login,
    Sender,
    Recipient,
    Message,
    /// The message is handed over, and the server's word is awaited.
    Taking,
}

impl Step {
    /// What the server was to answer.
    pub fn what(self) -> &'static str {
        match self {
            Self::Connect => "the connection",
            Self::Tls => "STARTTLS",
            Self::Login => "the login",
            Self::Sender => "the sender",
            Self::Recipient => "the recipient",
            Self::Message => "the announcement of the message",
            Self::Taking => "the message",
        }
    }

    /// What silence at this step leaves open.
    pub fn doubt(self) -> &'static str {
        match self {
            Self::Taking => "; it may have taken it",
            _ => "",
        }
    }

    /// What an error at this step means. What the server says beside its codes is left out: it likes to quote addresses.
    pub fn outcome(self, error: &Error) -> Outcome {
        let Some(code) = error.status() else {
            return self.unfinished(self.without_reply(error));
        };
        let code = code.to_string();
        let detail = error.source().map(ToString::to_string).unwrap_or_default();
        let detail = enhanced(&detail)
            .map(|code| format!(" {code}"))
            .unwrap_or_default();
        let why = format!("the mail server refused {} with {code}{detail}", self.what());
        let is_about_message = match self {
            Self::Connect | Self::Tls | Self::Login => false,
            Self::Sender => code != LOGIN_REQUIRED,
            Self::Recipient | Self::Message | Self::Taking => true,
        };
        match (is_about_message, error.is_permanent()) {
            (false, _) => Outcome::closed(why),
            (true, true) => Outcome::never(why),
            (true, false) => Outcome::again(why),
        }
    }

    /// What a failure means that another attempt may not meet: before the message's own part of the dialogue it is the server's
    /// alone.
    pub fn unfinished(self, why: String) -> Outcome {
        match self {
            Self::Connect | Self::Tls | Self::Login => Outcome::closed(why),
            Self::Sender | Self::Recipient | Self::Message | Self::Taking => Outcome::again(why),
        }
    }

    fn without_reply(self, error: &Error) -> String {
        if let Some(tls) = tls_error(error) {
            return match tls {
                rustls::Error::InvalidCertificate(_) => {
                    "the mail server's certificate is not trusted; look at SMTP_HOST and SMTP_CA_FILE".into()
                }
                _ => "TLS with the mail server failed".into(),
            };
        }
        match self {
            // Client errors are lettre's own, before anything is said.
            Self::Tls if error.is_client() => "the mail server offers no STARTTLS".into(),
            Self::Login if error.is_client() => "the mail server offers no login by PLAIN or LOGIN".into(),
            Self::Connect if !error.is_response() => UNREACHABLE.into(),
            _ => format!(
                "the mail server broke off before it answered {}{}",
                self.what(),
                self.doubt()
            ),
        }
    }
}

/// The enhanced status code (RFC 3463) that a reply's text begins with.
fn enhanced(text: &str) -> Option<&str> {
    let first = text.split_ascii_whitespace().next()?;
    let mut parts = first.split('.');
    let mut number = || {
        parts
            .next()
            .is_some_and(|part| part.len() <= 3 && part.parse::<u16>().is_ok())
    };
    (number() && number() && number() && !number()).then_some(first)
}

/// What TLS itself had against a connection. It comes wrapped in an I/O error.
fn tls_error(error: &Error) -> Option<&rustls::Error> {
    let mut cause = error.source();
    while let Some(one) = cause {
        let inner = one.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if let Some(tls) = inner.and_then(|inner| inner.downcast_ref()) {
            return Some(tls);
        }
        cause = one.source();
    }
    None
}
