//! What goes over the wire for one e-mail, and what must not.

use std::time::SystemTime;

use chrono::{DateTime, Utc};
use lettre::{
    Address, Message,
    message::{
        Mailbox, MultiPart, SinglePart,
        header::{HeaderName, HeaderValue},
    },
};
use url::{Host, Url};

use super::settings::SmtpSettings;
use crate::delivery::{
    guard::is_local,
    message::{HEADER_MAX, Outgoing},
};

const LIST_UNSUBSCRIBE: &str = "List-Unsubscribe";
const LIST_UNSUBSCRIBE_POST: &str = "List-Unsubscribe-Post";
/// The one value that RFC 8058 knows.
const ONE_CLICK: &str = "List-Unsubscribe=One-Click";

/// A message in the form that SMTP carries.
pub struct Letter {
    pub from: Address,
    pub to: Address,
    /// Headers and body: ASCII, and every line ends in CRLF.
    text: String,
}

impl Letter {
    /// # Errors
    /// Why the message must not be sent.
    pub fn of(message: &Outgoing, settings: &SmtpSettings, now: DateTime<Utc>) -> Result<Self, String> {
        let to = address(&message.target)?;
        let from = &settings.from;
        if message.body_text.is_empty() {
            return Err("it has no text".into());
        }
        let domain = from.email.domain();
        let mut builder = Message::builder()
            .from(from.clone())
            .to(Mailbox::new(None, to.clone()))
            .subject(message.subject.as_str())
            .date(SystemTime::from(now))
            // The same at each attempt, so that whoever gets it twice sees it once.
            .message_id(Some(format!("<{}@{domain}>", message.id)));
        for header in headers(message, settings.is_development)? {
            builder = builder.raw_header(header);
        }
        let text = SinglePart::plain(message.body_text.clone());
        let built = match message.body_html.is_empty() {
            true => builder.singlepart(text),
            false => {
                let html = SinglePart::html(message.body_html.clone());
                builder.multipart(MultiPart::alternative().singlepart(text).singlepart(html))
            }
        };
        let built = built.map_err(|_| "it cannot be put into the form of an e-mail")?;
        // Everything in it is encoded.
        let text = String::from_utf8(built.formatted()).map_err(|_| "it is not ASCII when encoded")?;
        Ok(Self {
            from: from.email.clone(),
            to,
            text,
        })
    }

    /// What follows the server's go-ahead: the text, with another dot before each line that begins with one, and the
    /// lone dot that ends it (RFC 5321, 4.5.2).
    pub fn content(&self) -> String {
        let text = self.text.trim_end_matches("\r\n").replace("\r\n.", "\r\n..");
        format!("{text}\r\n.\r\n")
    }
}

/// Reads a target: one address, with nothing around it. A domain in another script is written as DNS has it; a mailbox
/// name in one would need SMTPUTF8, which is not spoken here.
///
/// # Errors
/// Why it cannot be written to. It is not quoted.
pub(in crate::delivery) fn address(text: &str) -> Result<Address, String> {
    let malformed = || "its target is not one e-mail address".to_owned();
    let (user, domain) = text.split_once('@').ok_or_else(malformed)?;
    if !user.is_ascii() {
        return Err("its target needs SMTPUTF8, which is not spoken".into());
    }
    // Quoted mailbox names are legal, and nobody has one.
    let is_plain = |c: char| !c.is_control() && !c.is_whitespace() && !"\"<>()[]\\,;:@".contains(c);
    if !text.replacen('@', "", 1).chars().all(is_plain) {
        return Err(malformed());
    }
    match Host::parse(domain) {
        Ok(Host::Domain(domain)) => Address::new(user, domain).map_err(|_| malformed()),
        _ => Err(malformed()),
    }
}

/// The headers that the row brings along: those to unsubscribe by, and no others.
fn headers(message: &Outgoing, is_development: bool) -> Result<Vec<HeaderValue>, String> {
    let mut headers = Vec::new();
    let has = |name| message.headers.contains_key(name);
    let is_escapable = has(LIST_UNSUBSCRIBE) && has(LIST_UNSUBSCRIBE_POST);
    if !message.is_transactional() && !is_escapable {
        return Err(format!(
            "it is not transactional and lacks {LIST_UNSUBSCRIBE} or {LIST_UNSUBSCRIBE_POST}"
        ));
    }
    for (name, value) in &message.headers {
        let value = value.as_str().unwrap_or_default();
        let (name, is_good) = match name.as_str() {
            LIST_UNSUBSCRIBE => (
                HeaderName::new_from_ascii_str(LIST_UNSUBSCRIBE),
                is_link(value, is_development),
            ),
            LIST_UNSUBSCRIBE_POST => (
                HeaderName::new_from_ascii_str(LIST_UNSUBSCRIBE_POST),
                value == ONE_CLICK,
            ),
            other => {
                // A name that is no name might be anything.
                let is_name =
                    !other.is_empty() && other.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
                return Err(match is_name && other.len() <= 64 {
                    true => format!("its header {other} is not one that a message may bring along"),
                    false => "one of its headers is not one that a message may bring along".into(),
                });
            }
        };
        if !is_good {
            return Err(format!("its header {name} is malformed"));
        }
        // It is ASCII on one line as it is; folded, some receivers would no longer find the link.
        headers.push(HeaderValue::dangerous_new_pre_encoded(
            name,
            value.to_owned(),
            value.to_owned(),
        ));
    }
    Ok(headers)
}

/// Whether a value is one link to the page that unsubscribes: https, or in development http to this machine.
fn is_link(value: &str, is_development: bool) -> bool {
    let inner = value.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
    let Some(inner) = inner.filter(|_| value.len() <= HEADER_MAX) else {
        return false;
    };
    if !inner
        .bytes()
        .all(|b| b.is_ascii_graphic() && b != b'<' && b != b'>')
    {
        return false;
    }
    Url::parse(inner).is_ok_and(|url| match url.scheme() {
        "https" => url.has_host(),
        "http" => is_development && is_local(&url),
        _ => false,
    })
}

#[cfg(test)]
mod tests;
