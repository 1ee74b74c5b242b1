//! What is read of a company.

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use shared::job::{Job, Scope};
use sqlx::PgConnection;

use super::{
    PerformanceMetrics,
    alert::{self, Standing},
    hours::Hours,
    metric::{Mail, Traffic},
};
use crate::company::Setting;

/// What was measured of a company in two hours, and what is stored of it.
pub struct Row {
    pub(super) slug: String,
    pub(super) traffic: Vec<Traffic>,
    pub(super) before: Mail,
    pub(super) last: Mail,
    /// What is stored of the mail of the hour before.
    pub(super) stored_before: Option<Value>,
    /// What is stored of the last hour, as a dry run shows it.
    pub(super) shown: Value,
    /// In the order of [`alert::of_tenant`].
    pub(super) alerts: Vec<Standing>,
}

impl Row {
    pub(super) async fn read(tx: &mut PgConnection, scope: &Scope<Setting>) -> Result<Self> {
        let (tenant, hours) = (&scope.tenant, Hours::of(scope.as_of));
        let traffic = sqlx::query_file_as!(
            Traffic,
            "sql/performance-metrics/traffic.sql",
            tenant.id,
            hours.before,
            hours.last,
            hours.end
        )
        .fetch_all(&mut *tx)
        .await
        .context("read how the application answered")?;
        let rules = alert::rules_of_tenant(&tenant.slug);
        let mail = sqlx::query_file!(
            "sql/performance-metrics/mail.sql",
            tenant.id,
            hours.before,
            hours.last,
            hours.end,
            PerformanceMetrics::NAME,
            &rules
        )
        .fetch_one(tx)
        .await
        .context("read how the mail goes")?;
        let due_for = |end: DateTime<Utc>| {
            mail.oldest
                .filter(|at| *at <= end)
                .map(|at| (end - at).num_seconds())
        };
        let standing = rules.into_iter().zip(mail.open.into_iter().zip(mail.resolved));
        Ok(Self {
            slug: tenant.slug.clone(),
            traffic,
            before: Mail {
                hour_at: hours.before,
                pending: mail.pending_before,
                sending: mail.sending,
                failed: mail.failed_before,
                oldest_pending_seconds: due_for(hours.last),
            },
            last: Mail {
                hour_at: hours.last,
                pending: mail.pending_last,
                sending: mail.sending,
                failed: mail.failed_last,
                oldest_pending_seconds: due_for(hours.end),
            },
            stored_before: mail.stored_before,
            shown: json!({"http": mail.stored_http, "mail": mail.stored_last}),
            alerts: standing
                .map(|(rule, (open, resolved))| Standing { rule, open, resolved })
                .collect(),
        })
    }
}
