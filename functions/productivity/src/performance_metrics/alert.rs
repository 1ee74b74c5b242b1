//! Alerts: what is bad about an hour, and what that does to an alert.

use anyhow::{Context, Result};
use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;
use shared::{job::Job, sql::column};
use sqlx::PgConnection;

use super::{Counters, PerformanceMetrics, metric::Http};
use crate::company::Setting;

/// How long the oldest message may have been due, in seconds.
const OLDEST_PENDING_MAX: i64 = 1800;

/// The share of the database's connections that may be taken: 0.80.
const CONNECTIONS_MAX: (i64, i64) = (80, 100);

/// How late 95 of 100 scheduled runs may begin, in seconds.
const LATENESS_MAX: i64 = 600;

/// After so long without a verdict an alert is not worth looking at.
const FORGOTTEN: TimeDelta = TimeDelta::hours(24);

/// What an hour says of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// And in what way, in a sentence for operators.
    Bad(String),
    Good,
    /// Too little was measured.
    Unknown,
}

impl Verdict {
    fn of(is_bad: bool, sentence: impl FnOnce() -> String) -> Self {
        match is_bad {
            true => Self::Bad(sentence()),
            false => Self::Good,
        }
    }
}

/// The rules that each tenant is judged by, in the order of [`of_tenant`].
const OF_TENANT: [&str; 4] = ["http-error-rate", "http-p95", "http-mean", "mail-oldest"];

/// The rules that the system is judged by, in the order of [`of_system`].
const OF_SYSTEM: [&str; 2] = ["db-connections", "job-lateness"];

/// The names of a tenant's alerts.
pub fn rules_of_tenant(slug: &str) -> Vec<String> {
    OF_TENANT.map(|rule| format!("{rule}:{slug}")).into()
}

/// The names of the system's alerts.
pub fn rules_of_system() -> Vec<String> {
    OF_SYSTEM.map(|rule| format!("{rule}:system")).into()
}

/// What an hour of a tenant says: how its application answered, if anything is known of that, and how long its oldest message
/// has been due.
pub fn of_tenant(setting: &Setting, http: Option<&Http>, oldest_pending: Option<i64>) -> [Verdict; 4] {
    let http = http.filter(|http| http.requests >= setting.alert_min_requests);
    let error_rate = http.map_or(Verdict::Unknown, |http| {
        let allowed = Decimal::from(http.requests) * setting.max_error_rate;
        Verdict::of(Decimal::from(http.errors_5xx) > allowed, || {
            let rate = setting.max_error_rate.normalize();
            format!(
                "{} of {} requests ended in an error of the server, more than a share of {rate}",
                http.errors_5xx, http.requests
            )
        })
    });
    let time = |measured: Option<i32>, most: i32, what: &str| {
        measured.map_or(Verdict::Unknown, |ms| {
            Verdict::of(ms > most, || format!("{what} {ms} ms, more than {most} ms"))
        })
    };
    let oldest = oldest_pending.unwrap_or(0);
    [
        error_rate,
        time(
            http.and_then(|http| http.p95_ms),
            setting.max_p95_ms,
            "95 of 100 requests took up to",
        ),
        time(
            http.and_then(|http| http.mean_ms),
            setting.max_mean_ms,
            "a request took on average",
        ),
        Verdict::of(oldest > OLDEST_PENDING_MAX, || {
            format!("the oldest message had been due for {oldest} s, more than {OLDEST_PENDING_MAX} s")
        }),
    ]
}

/// What is known of the system; None: the database did not tell.
#[derive(Debug, Clone, Copy, Default)]
pub struct System {
    pub connections: Option<i64>,
    pub max_connections: Option<i64>,
    /// How late 95 of 100 scheduled runs that ended in the hour began, in seconds.
    pub lateness: Option<i64>,
}

/// What an hour of the system says.
pub fn of_system(system: System) -> [Verdict; 2] {
    let connections = system.connections.zip(system.max_connections);
    let connections = connections.map_or(Verdict::Unknown, |(taken, most)| {
        let (part, whole) = CONNECTIONS_MAX;
        Verdict::of(taken.saturating_mul(whole) > most.saturating_mul(part), || {
            format!("{taken} of the database's {most} connections are taken, more than {part} %")
        })
    });
    let lateness = system.lateness.map_or(Verdict::Unknown, |seconds| {
        Verdict::of(seconds > LATENESS_MAX, || {
            format!("95 of 100 scheduled runs began up to {seconds} s late, more than {LATENESS_MAX} s")
        })
    });
    [connections, lateness]
}

/// An alert as it stands.
#[derive(Debug, Clone, Default)]
pub struct Standing {
    pub rule: String,
    /// The end of the last bad hour, if the alert is open.
    pub open: Option<DateTime<Utc>>,
    /// When it was last resolved, if ever.
    pub resolved: Option<DateTime<Utc>>,
}

/// What becomes of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Nothing,
    /// It is opened, as a warning.
    Open,
    /// It is bad for another hour, and critical.
    Escalate,
    Resolve,
}

impl Action {
    /// What an hour that ends then does to an alert. The same hour again does nothing, nor does one that is older than what the
    /// alert has seen.
    pub fn of(verdict: &Verdict, alert: &Standing, end: DateTime<Utc>) -> Self {
        match (verdict, alert.open) {
            (Verdict::Bad(_), None) if alert.resolved.is_none_or(|at| at <= end) => Self::Open,
            (Verdict::Bad(_), Some(seen)) if seen < end => Self::Escalate,
            (Verdict::Good, Some(seen)) if seen <= end => Self::Resolve,
            (Verdict::Unknown, Some(seen)) if seen < end - FORGOTTEN => Self::Resolve,
            _ => Self::Nothing,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Open => "open",
            Self::Escalate => "escalate",
            Self::Resolve => "resolve",
        }
    }
}

/// An alert that is to be moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    rule: String,
    action: Action,
    message: String,
}

/// What an hour that ends then does to alerts; those that it does nothing to are left out.
pub fn moves(alerts: impl IntoIterator<Item = (Standing, Verdict)>, end: DateTime<Utc>) -> Vec<Move> {
    let judged = alerts.into_iter().map(|(alert, verdict)| Move {
        action: Action::of(&verdict, &alert, end),
        rule: alert.rule,
        message: match verdict {
            Verdict::Bad(sentence) => sentence,
            Verdict::Good | Verdict::Unknown => String::new(),
        },
    });
    judged.filter(|alert| alert.action != Action::Nothing).collect()
}

/// Moves alerts.
pub async fn write(tx: &mut PgConnection, end: DateTime<Utc>, moves: &[Move]) -> Result<Counters> {
    if moves.is_empty() {
        return Ok(Counters::default());
    }
    let moved = sqlx::query_file!(
        "sql/performance-metrics/alerts.sql",
        PerformanceMetrics::NAME,
        end,
        &column(moves, |alert| alert.rule.as_str()) as &[&str],
        &column(moves, |alert| alert.action.as_str()) as &[&str],
        &column(moves, |alert| alert.message.as_str()) as &[&str]
    )
    .fetch_one(tx)
    .await
    .context("write the alerts")?;
    Ok(Counters {
        alerts_opened: moved.opened.try_into()?,
        alerts_closed: moved.closed.try_into()?,
        ..Counters::default()
    })
}

#[cfg(test)]
mod tests;
