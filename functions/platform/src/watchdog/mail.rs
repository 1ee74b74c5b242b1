//! E-mails about alerts: one when it is opened and one when it is resolved, whoever's it is. An alert that was opened and
//! resolved between two looks gets both.

use anyhow::{Context, Result};
use askama::Template;
use chrono::{DateTime, TimeDelta, Utc};
use lettre::Address;
use serde_json::{Value, json};
use shared::{
    config::{ConfigError, Variables},
    program::Program,
    sql::column,
};
use sqlx::PgConnection;
use tracing::warn;
use uuid::Uuid;

use super::{Watchdog, rule::instant};

/// News that are older are history: nobody is told of them when an address is given at last.
const NEWS: TimeDelta = TimeDelta::hours(24);

/// The most e-mails of one look; the next one goes on.
const MAILS_MAX: i64 = 200;

/// Who is told: `ALERT_EMAIL`, an e-mail address.
///
/// # Errors
/// When it is none.
pub fn reader(variables: &Variables<'_>) -> Result<Option<String>, ConfigError> {
    let Some(text) = variables.text("ALERT_EMAIL") else {
        return Ok(None);
    };
    match text.trim().parse::<Address>() {
        Ok(address) => Ok(Some(address.to_string())),
        Err(_) => Err(ConfigError::new(
            "ALERT_EMAIL must be an e-mail address such as operator@example.com",
        )),
    }
}

/// What was told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Told {
    pub written: u64,
    /// News that nobody is named to get.
    pub without_reader: u64,
}

/// What there is to tell of an alert.
struct News {
    id: Uuid,
    what: String,
    job: String,
    rule: String,
    severity: String,
    message: String,
    opened_at: DateTime<Utc>,
    resolved_at: Option<DateTime<Utc>>,
}

#[derive(Template)]
#[template(path = "alert.txt")]
struct Text<'a> {
    letter: &'a Letter,
}

#[derive(Template)]
#[template(path = "alert.html")]
struct Html<'a> {
    letter: &'a Letter,
}

struct Letter {
    dedupe_key: String,
    subject: String,
    job: String,
    rule: String,
    severity: String,
    message: String,
    opened: String,
    /// When it was, and after how long, if that is the news.
    resolved: Option<(String, String)>,
    payload: Value,
}

impl Letter {
    fn of(news: News) -> Self {
        let resolved_at = news.resolved_at.filter(|_| news.what == "resolved");
        let state = match resolved_at {
            None => news.severity.as_str(),
            Some(_) => "resolved",
        };
        Self {
            dedupe_key: format!("alert:{}:{}", news.id, news.what),
            subject: format!("[Nightshift] {state}: {} {}", news.job, news.rule),
            opened: moment(news.opened_at),
            resolved: resolved_at.map(|at| (moment(at), lasted(at - news.opened_at))),
            payload: json!({
                "kind": "alert",
                "transactional": true,
                "alert": {
                    "id": news.id,
                    "event": news.what,
                    "job": news.job,
                    "rule": news.rule,
                    "severity": news.severity,
                    "message": news.message,
                    "openedAt": instant(news.opened_at),
                    "resolvedAt": resolved_at.map(instant),
                },
            }),
            job: news.job,
            rule: news.rule,
            severity: news.severity,
            message: news.message,
        }
    }
}

/// Writes the e-mails that are due.
pub async fn write(tx: &mut PgConnection, now: DateTime<Utc>, reader: Option<&str>) -> Result<Told> {
    let news = sqlx::query_file_as!(News, "sql/watchdog/news.sql", now - NEWS, now, MAILS_MAX)
        .fetch_all(&mut *tx)
        .await
        .context("look for news of alerts")?;
    let Some(reader) = reader else {
        let without_reader = news.len() as u64;
        if without_reader > 0 {
            warn!(without_reader, "ALERT_EMAIL is not set: nobody is told of alerts");
        }
        return Ok(Told {
            without_reader,
            ..Told::default()
        });
    };
    if news.is_empty() {
        return Ok(Told::default());
    }
    let letters: Vec<Letter> = news.into_iter().map(Letter::of).collect();
    let mut texts = Vec::with_capacity(letters.len());
    let mut htmls = Vec::with_capacity(letters.len());
    for letter in &letters {
        texts.push(Text { letter }.render().context("write the e-mail's text")?);
        htmls.push(Html { letter }.render().context("write the e-mail's HTML")?);
    }
    let written = sqlx::query_file!(
        "sql/watchdog/write_mails.sql",
        Watchdog::NAME,
        reader,
        &column(&letters, |letter| letter.dedupe_key.as_str()) as &[&str],
        &column(&letters, |letter| letter.subject.as_str()) as &[&str],
        &texts,
        &htmls,
        &column(&letters, |letter| letter.payload.clone()),
    )
    .execute(tx)
    .await
    .context("put the e-mails into the outbox")?;
    Ok(Told {
        written: written.rows_affected(),
        without_reader: 0,
    })
}

/// An instant as people read it: `2026-11-22 02:05 UTC`.
fn moment(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

/// A length of time: `2 h 5 min`.
fn lasted(time: TimeDelta) -> String {
    match (time.num_hours(), time.num_minutes() % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests;
