//! What a run answers.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// How many errors a report lists; all of them stand in `platform.job_run_error`.
pub const ERRORS_MAX: usize = 100;

/// How many changes a dry run shows.
pub const CHANGES_MAX: usize = 50;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// No failure.
    Succeeded,
    /// Some subjects or tenants failed, the rest is written.
    Partial,
    /// The deadline came; the checkpoint is kept.
    Incomplete,
    Failed,
}

impl Status {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Partial => "partial",
            Self::Incomplete => "incomplete",
            Self::Failed => "failed",
        }
    }
}

/// The tenants of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantTotals {
    pub total: u64,
    pub processed: u64,
    pub failed: u64,
}

/// The subjects of a run: `processed + failed = total`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    pub total: u64,
    pub processed: u64,
    pub failed: u64,
}

impl Totals {
    pub fn add(&mut self, other: Self) {
        self.total += other.total;
        self.processed += other.processed;
        self.failed += other.failed;
    }
}

/// One subject, or one tenant as a whole, that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubjectError {
    /// The tenant's slug.
    pub tenant: String,
    /// `kind:id`, or `tenant` where the tenant failed as a whole.
    pub subject: String,
    pub message: String,
}

/// What a dry run would change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubjectChange {
    pub tenant: String,
    pub subject: String,
    pub before: Value,
    pub after: Value,
}

/// The report of a run that took place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    pub job: String,
    pub run_id: Uuid,
    pub status: Status,
    // Before the lists: log queries see the first 200 fields of a line.
    /// Why the run stopped before its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Whether this is the report of an earlier run with the same key.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub duplicate: bool,
    pub trigger: String,
    pub as_of: DateTime<Utc>,
    pub dry_run: bool,
    pub attempt: i32,
    /// Whether this attempt went on from a checkpoint of an earlier one.
    pub resumed: bool,
    /// This attempt's duration.
    pub duration_ms: u64,
    pub tenants: TenantTotals,
    #[serde(flatten)]
    pub totals: Totals,
    pub counters: Value,
    pub errors: Vec<SubjectError>,
    pub errors_truncated: bool,
    pub changes: Vec<SubjectChange>,
}

impl Report {
    /// The report without what may name a person: a dry run's changes hold texts.
    pub fn for_log(&self) -> Self {
        Self {
            changes: Vec::new(),
            ..self.clone()
        }
    }
}

/// Why a request was answered without a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Skip {
    #[serde(rename = "locked")]
    Locked,
    #[serde(rename = "paused")]
    Paused,
    #[serde(rename = "tenant not found")]
    TenantNotFound,
}

impl Skip {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Locked => "locked",
            Self::Paused => "paused",
            Self::TenantNotFound => "tenant not found",
        }
    }
}

/// The answer to a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    Ran(Box<Report>),
    Skipped { job: &'static str, reason: Skip },
}

impl Answer {
    /// The answer as the contract's JSON.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Ran(report) => serde_json::json!(report),
            Self::Skipped { job, reason } => {
                serde_json::json!({"job": job, "status": "skipped", "skipped": true, "reason": reason})
            }
        }
    }
}
