//! Fixes, from stored facts, what became of each past or cancelled appointment.

mod row;
mod rule;

use std::collections::HashSet;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::json;
use shared::{
    config::{ConfigError, Variables},
    job::{Batch, Decision, Diff, Job, Limit, Limited, Reason, Scope, Tenant},
    sql::column,
};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{mail::Mail, shop::Shop};
pub use row::Row;
use rule::{Outcome, Resolution};

/// Appointments of one shop in a night, and the most that anybody may ask for: a backlog is worked off over
/// several nights rather than in one transaction after another.
const LIMIT: u64 = 200;
const MOST: u64 = 1_000;

/// As the table spells them.
const CANCELLED: &str = "cancelled";
const ENDED: &str = "ended";
const NO_SHOW: &str = "no_show";

/// The job.
pub struct ResolveOutcomes {
    /// Appointments of one shop that are taken when the request does not say.
    limit: u64,
}

impl ResolveOutcomes {
    /// The job as `RESOLVE_OUTCOMES_LIMIT` wants it.
    ///
    /// # Errors
    /// When that is no integer from 1 to 1000.
    pub fn from_variables(variables: &Variables<'_>) -> Result<Self, ConfigError> {
        let limit = variables.whole("RESOLVE_OUTCOMES_LIMIT", 1..=MOST, LIMIT)?;
        Ok(Self { limit })
    }
}

/// An outcome, and whom to tell of it.
pub struct Change {
    id: Uuid,
    status_read: String,
    status: &'static str,
    resolution: Resolution,
    attendance: String,
    policy_version_id: Option<Uuid>,
    payment_id: Option<Uuid>,
    payment_status: Option<String>,
    is_refund_due: bool,
    mail: Option<Mail>,
    /// Whether the mail's instants are UTC for want of the shop's zone.
    is_fallback: bool,
}

shared::counters! {
    pub struct Counters {
        /// Visits selected; the report's own total counts cancellations too.
        total: u64,
        /// Visits resolved.
        resolved: u64,
        skipped: u64,
        /// Cancellations resolved.
        backfilled: u64,
        no_shows_detected: u64,
        settled: u64,
        voided: u64,
        refunded: u64,
        refunds_due: u64,
        limit: u64,
        limit_clamped: u64,
        tenants_with_more: u64,
        timezone_fallbacks: u64,
    }
}

impl Job for ResolveOutcomes {
    const NAME: &'static str = "resolve-outcomes";
    const PRODUCT: &'static str = "booking";
    const LOCK_ID: i32 = 482_173;

    type Settings = Shop;
    type Cursor = (DateTime<Utc>, Uuid);
    type Row = Row;
    type Change = Change;
    type Counters = Counters;

    fn limit(&self) -> Limit {
        Limit::OfTenant {
            default: self.limit,
            most: MOST,
        }
    }

    fn limited(limited: Limited) -> Counters {
        match limited {
            Limited::InForce { limit, clamped } => Counters {
                limit,
                limit_clamped: clamped.into(),
                ..Counters::default()
            },
            Limited::TenantHasMore => Counters {
                tenants_with_more: 1,
                ..Counters::default()
            },
        }
    }

    async fn settings(&self, tx: &mut PgConnection, _as_of: DateTime<Utc>, tenant: &Tenant) -> Result<Shop> {
        Shop::read(tx, tenant).await
    }

    async fn read(
        &self,
        tx: &mut PgConnection,
        scope: &Scope<Shop>,
        after: Option<&Self::Cursor>,
        limit: i64,
    ) -> Result<Batch<Self>> {
        // One more than asked for, to know whether there is one.
        let mut rows = row::read(tx, scope, after.copied(), limit + 1).await?;
        let has_more = rows.len() > usize::try_from(limit)?;
        rows.truncate(usize::try_from(limit)?);
        let visits = rows.iter().filter(|row| row.is_visit()).count();
        Ok(Batch {
            next: rows.last().filter(|_| has_more).map(|row| (row.due_at, row.id)),
            rows,
            counted: Counters {
                total: visits as u64,
                ..Counters::default()
            },
        })
    }

    fn subject(row: &Row) -> String {
        format!("appointment:{}", row.id)
    }

    fn decide(scope: &Scope<Shop>, row: &Row) -> Result<Decision<Change, Counters>, Reason> {
        let Shop { zone, setting, .. } = &scope.settings;
        let resolution = row.appointment.resolution();
        let is_refund_due = row.appointment.is_refund_due(resolution);
        let is_missed = setting.unpaid_counts_as_no_show
            && resolution == Resolution::PaymentNotCaptured
            && row.attendance == "unknown";
        let mail = match setting.owner_email {
            Some(_) if is_refund_due => Some(row.mail(resolution, *zone.as_ref().unwrap_or(&Tz::UTC))?),
            _ => None,
        };
        let change = Change {
            id: row.id,
            status_read: row.status.clone(),
            status: if row.is_visit() { ENDED } else { CANCELLED },
            resolution,
            attendance: if is_missed {
                NO_SHOW.into()
            } else {
                row.attendance.clone()
            },
            policy_version_id: row.policy_version_id,
            payment_id: row.payment_id,
            payment_status: row.payment_status.clone(),
            is_refund_due,
            is_fallback: mail.is_some() && zone.is_err(),
            mail,
        };
        // What was resolved is for the database to say.
        Ok(Decision {
            change: Some(change),
            counted: Counters::default(),
        })
    }

    async fn write(
        &self,
        tx: &mut PgConnection,
        scope: &Scope<Shop>,
        changes: &[Change],
    ) -> Result<Counters> {
        let mails: Vec<(&Change, &Mail)> = changes
            .iter()
            .filter_map(|change| Some((change, change.mail.as_ref()?)))
            .collect();
        let resolved = sqlx::query_file_scalar!(
            "sql/resolve-outcomes/write.sql",
            scope.tenant.id,
            scope.as_of,
            scope.run_id,
            &column(changes, |change| change.id),
            &column(changes, |change| change.status_read.as_str()) as &[&str],
            &column(changes, |change| change.status) as &[&str],
            &column(changes, |change| change.resolution.outcome().as_str()) as &[&str],
            &column(changes, |change| change.resolution.as_str()) as &[&str],
            &column(changes, |change| change.attendance.as_str()) as &[&str],
            &column(changes, |change| change.policy_version_id) as &[Option<Uuid>],
            &column(changes, |change| change.payment_id) as &[Option<Uuid>],
            &column(changes, |change| change.payment_status.as_deref()) as &[Option<&str>],
            scope.settings.setting.owner_email.as_deref(),
            &column(&mails, |(change, _)| change.id),
            &column(&mails, |(change, _)| change.payment_id) as &[Option<Uuid>],
            &column(&mails, |(_, mail)| mail.subject.as_str()) as &[&str],
            &column(&mails, |(_, mail)| mail.text.as_str()) as &[&str],
            &column(&mails, |(_, mail)| mail.html.as_str()) as &[&str]
        )
        .fetch_all(tx)
        .await
        .context("write the outcomes")?;
        let resolved: HashSet<Uuid> = resolved.into_iter().collect();
        Ok(Counters::of(changes, &resolved))
    }

    fn diff(row: &Row, change: &Change) -> Diff {
        Diff {
            before: json!({
                "status": row.status,
                "financial_outcome": "unresolved",
                "resolution_reason": null,
                "attendance": row.attendance,
            }),
            after: json!({
                "status": change.status,
                "financial_outcome": change.resolution.outcome().as_str(),
                "resolution_reason": change.resolution.as_str(),
                "attendance": change.attendance,
            }),
        }
    }
}

impl Counters {
    /// Counts a page's changes by which of them were still as they had been read.
    fn of(changes: &[Change], resolved: &HashSet<Uuid>) -> Self {
        let mut counters = Self::default();
        for change in changes {
            if !resolved.contains(&change.id) {
                counters.skipped += 1;
                continue;
            }
            let is_visit = change.status == ENDED;
            counters.resolved += u64::from(is_visit);
            counters.backfilled += u64::from(!is_visit);
            counters.no_shows_detected += u64::from(is_visit && change.attendance == NO_SHOW);
            counters.refunds_due += u64::from(change.is_refund_due);
            counters.timezone_fallbacks += u64::from(change.is_fallback);
            match change.resolution.outcome() {
                Outcome::Settled => counters.settled += 1,
                Outcome::Voided => counters.voided += 1,
                Outcome::Refunded => counters.refunded += 1,
            }
        }
        counters
    }
}

#[cfg(test)]
mod tests;
