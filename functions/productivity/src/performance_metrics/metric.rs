//! What is told of an hour: of the application as a whole, of a route, or of the mail.

use chrono::{DateTime, Utc};
use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde_json::{Value, json};
use shared::job::Reason;

use super::{
    buckets::{Buckets, rounded_ratio},
    hours::Hours,
};

pub const HTTP: &str = "http";
pub const MAIL: &str = "mail";

/// The largest rate that four decimals of six leave room for: 99.9999, in ten thousandths.
const RATE_MAX: u128 = 999_999;

/// A row of `productivity.performance_metric`.
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    pub hour_at: DateTime<Utc>,
    pub scope: String,
    /// What only the application has.
    pub http: Option<Http>,
    pub details: Value,
}

/// How requests were answered. Times are in whole ms; None where nothing was measured.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Http {
    pub requests: i32,
    pub errors_4xx: i32,
    pub errors_5xx: i32,
    pub error_rate: Option<Decimal>,
    pub slow_share: Option<Decimal>,
    pub mean_ms: Option<i32>,
    pub p50_ms: Option<i32>,
    pub p95_ms: Option<i32>,
    pub p99_ms: Option<i32>,
    pub max_ms: i32,
    pub peak_per_minute: i32,
}

/// The sums of an hour's minutes, as the database has them.
pub struct Traffic {
    pub is_last: bool,
    /// None: of all routes.
    pub route: Option<String>,
    pub requests: i64,
    pub errors_4xx: i64,
    pub errors_5xx: i64,
    pub total_ms: Decimal,
    pub max_ms: i32,
    pub peak_per_minute: i64,
    /// Twelve of them.
    pub buckets: Vec<i64>,
}

impl Traffic {
    /// What the sums amount to.
    ///
    /// # Errors
    /// When a number is too large to be kept: it is not one that was measured.
    pub fn metric(&self, hours: Hours) -> Result<Metric, Reason> {
        Ok(Metric {
            hour_at: if self.is_last { hours.last } else { hours.before },
            scope: match &self.route {
                None => HTTP.into(),
                Some(route) => format!("{HTTP}:{route}"),
            },
            http: Some(self.http()?),
            details: json!({}),
        })
    }

    fn http(&self) -> Result<Http, Reason> {
        let buckets = Buckets(self.counts()?);
        let requests = natural(self.requests.into())?;
        let max_ms = natural(self.max_ms.into())?;
        let total_ms = self.total_ms.to_u128().ok_or_else(too_large)?;
        let percentile = |percent| buckets.percentile(percent, max_ms).map(whole).transpose();
        Ok(Http {
            requests: whole(requests)?,
            errors_4xx: whole(natural(self.errors_4xx.into())?)?,
            errors_5xx: whole(natural(self.errors_5xx.into())?)?,
            error_rate: rate(natural(self.errors_5xx.into())?, requests)?,
            slow_share: rate(buckets.slow(), buckets.count())?,
            mean_ms: (requests > 0)
                .then(|| whole(rounded_ratio(total_ms, requests)))
                .transpose()?,
            p50_ms: percentile(50)?,
            p95_ms: percentile(95)?,
            p99_ms: percentile(99)?,
            max_ms: self.max_ms,
            peak_per_minute: whole(natural(self.peak_per_minute.into())?)?,
        })
    }

    fn counts(&self) -> Result<[u64; 12], Reason> {
        let counts: Result<Vec<u64>, _> = self.buckets.iter().map(|count| u64::try_from(*count)).collect();
        counts
            .ok()
            .and_then(|counts| counts.try_into().ok())
            .ok_or_else(|| "the requests of an hour are not counted in twelve buckets".into())
    }
}

/// The backlog of the tenant's mail at the end of an hour, and what was made in it and failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    pub hour_at: DateTime<Utc>,
    /// Due by then and not sent.
    pub pending: i64,
    pub sending: i64,
    pub failed: i64,
    /// How long the oldest of the pending had been due. None: nothing was.
    pub oldest_pending_seconds: Option<i64>,
}

impl Mail {
    /// What is kept of it. Of an hour that has been seen at its end the backlog stays as it was seen: what has been sent since
    /// was waiting then.
    pub fn metric(&self, seen: Option<&Value>) -> Metric {
        let mut details = json!({
            "pending": self.pending,
            "sending": self.sending,
            "failed": self.failed,
            "oldestPendingSeconds": self.oldest_pending_seconds,
        });
        for backlog in ["pending", "sending", "oldestPendingSeconds"] {
            if let Some(number) = seen.and_then(|seen| seen.get(backlog)) {
                details[backlog] = number.clone();
            }
        }
        Metric {
            hour_at: self.hour_at,
            scope: MAIL.into(),
            http: None,
            details,
        }
    }
}

/// A share as it is kept: exact, and only then rounded to 4 decimals, half away from zero. None of nothing.
fn rate(part: u128, whole: u128) -> Result<Option<Decimal>, Reason> {
    if whole == 0 {
        return Ok(None);
    }
    let rate = rounded_ratio(part * 10_000, whole);
    let kept = i64::try_from(rate).ok().filter(|_| rate <= RATE_MAX);
    kept.map(|rate| Some(Decimal::new(rate, 4))).ok_or_else(too_large)
}

fn natural(number: i128) -> Result<u128, Reason> {
    u128::try_from(number).map_err(|_| "a number of requests or milliseconds is negative".into())
}

fn whole(number: u128) -> Result<i32, Reason> {
    i32::try_from(number).map_err(|_| too_large())
}

fn too_large() -> Reason {
    "a number of an hour's requests or milliseconds is too large to be kept".into()
}

#[cfg(test)]
mod tests;
