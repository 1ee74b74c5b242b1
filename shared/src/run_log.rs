//! The rows of `platform.job_run`: found, begun, closed.

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use crate::{
    checkpoint::signed,
    clock,
    job::Tenant,
    lease,
    report::{ERRORS_MAX, Report, Skip, SubjectError, Totals},
    request::{BadRequest, Request},
};

/// The product's tenants that may be processed, in order of slug; only the named one where a name is given.
///
/// # Errors
/// When the database refuses.
pub async fn tenants(
    connection: &mut PgConnection,
    product: &str,
    named: Option<&str>,
) -> Result<Vec<Tenant>> {
    sqlx::query_file_as!(Tenant, "sql/tenants.sql", product, named)
        .fetch_all(connection)
        .await
        .context("list the tenants")
}

/// What is known before a run begins.
pub struct Earlier {
    /// Whether the job may run at all.
    pub enabled: bool,
    /// The run that has the request's key, if any.
    pub id: Option<Uuid>,
    status: Option<String>,
    dry_run: Option<bool>,
    scope: Option<String>,
    report: Option<Value>,
}

/// Looks the key up.
///
/// # Errors
/// When the database refuses.
pub async fn find(connection: &mut PgConnection, job: &str, key: Option<&str>) -> Result<Earlier> {
    sqlx::query_file_as!(Earlier, "sql/find_run.sql", job, key)
        .fetch_one(connection)
        .await
        .context("look for an earlier run with the same key")
}

impl Earlier {
    /// The report of the run that has the key, if it is finished.
    ///
    /// # Errors
    /// When the stored report is none.
    pub fn finished(&self) -> Result<Option<Report>> {
        match (self.status.as_deref(), &self.report) {
            (Some("succeeded" | "partial"), Some(report)) => serde_json::from_value(report.clone())
                .map(Some)
                .context("read the earlier run's report"),
            _ => Ok(None),
        }
    }

    /// Whether an unfinished run with the key may be resumed by this request.
    ///
    /// # Errors
    /// [`BadRequest`] when the request asks for something else than the run with its key did.
    pub fn resumable(&self, dry_run: bool, scope: &str) -> Result<(), BadRequest> {
        let differs = |field| {
            Err(BadRequest(format!(
                "key belongs to an unfinished run with another {field}: give the same, or another key"
            )))
        };
        match (self.dry_run, self.scope.as_deref()) {
            (Some(earlier), _) if earlier != dry_run => differs("dryRun"),
            (_, Some(earlier)) if earlier != scope => differs("tenant"),
            _ => Ok(()),
        }
    }
}

/// A run that has its row and its fence.
pub struct Begun {
    pub attempt: i32,
    pub as_of: DateTime<Utc>,
    pub fence: i64,
}

/// Begins a run, or the next attempt of the one with this id. `None`: another was quicker.
///
/// # Errors
/// When the database refuses.
pub async fn begin(
    connection: &mut PgConnection,
    job: &str,
    id: Uuid,
    request: &Request,
    scope: &str,
) -> Result<Option<Begun>> {
    let mut tx = connection.begin().await.context("begin the run")?;
    let row = sqlx::query_file!(
        "sql/start_run.sql",
        id,
        job,
        request.trigger.as_str(),
        request.key,
        request.as_of.unwrap_or_else(clock::now),
        request.dry_run,
        scope,
        request.request_id,
        request.reason,
    )
    .fetch_optional(&mut *tx)
    .await
    .context("begin the run")?;
    let Some(row) = row else { return Ok(None) };
    let fence = lease::take(&mut tx, job, scope, id).await?;
    tx.commit().await.context("begin the run")?;
    Ok(Some(Begun {
        attempt: row.attempt,
        as_of: row.as_of,
        fence,
    }))
}

/// Keeps that a request was answered without a run.
///
/// # Errors
/// When the database refuses.
pub async fn skip(
    connection: &mut PgConnection,
    job: &str,
    request: &Request,
    scope: &str,
    reason: Skip,
) -> Result<()> {
    sqlx::query_file!(
        "sql/record_skip.sql",
        Uuid::now_v7(),
        job,
        request.trigger.as_str(),
        request.as_of.unwrap_or_else(clock::now),
        request.dry_run,
        scope,
        request.request_id,
        request.reason,
        reason.as_str(),
    )
    .execute(connection)
    .await
    .context("record the skipped run")?;
    Ok(())
}

/// Keeps what of a dry run's page is not rolled back: its errors and the run's sign of life.
///
/// # Errors
/// When the database refuses.
pub async fn dry_page(
    connection: &mut PgConnection,
    run_id: Uuid,
    slug: &str,
    errors: &[(String, String)],
    so_far: Totals,
) -> Result<()> {
    record_errors(connection, run_id, slug, errors).await?;
    sqlx::query_file!(
        "sql/heartbeat.sql",
        run_id,
        signed(so_far.total),
        signed(so_far.processed),
        signed(so_far.failed)
    )
    .execute(connection)
    .await
    .context("give a sign of life")?;
    Ok(())
}

/// The first errors of a run.
pub struct Errors {
    pub listed: Vec<SubjectError>,
    pub truncated: bool,
}

/// Reads the errors that a report lists.
///
/// # Errors
/// When the database refuses.
pub async fn errors(connection: &mut PgConnection, run_id: Uuid) -> Result<Errors> {
    let mut listed = sqlx::query_file_as!(SubjectError, "sql/errors.sql", run_id, ERRORS_MAX as i64 + 1)
        .fetch_all(connection)
        .await
        .context("read the run's errors")?;
    let truncated = listed.len() > ERRORS_MAX;
    listed.truncate(ERRORS_MAX);
    Ok(Errors { listed, truncated })
}

/// Closes a run, unless a later attempt of it has begun.
///
/// # Errors
/// When the database refuses.
pub async fn finish(connection: &mut PgConnection, fence: i64, report: &Report) -> Result<()> {
    sqlx::query_file!(
        "sql/finish_run.sql",
        report.run_id,
        fence,
        report.status.as_str(),
        signed(report.duration_ms),
        signed(report.totals.total),
        signed(report.totals.processed),
        signed(report.totals.failed),
        serde_json::to_value(report).context("write the report")?,
        report.error,
    )
    .execute(connection)
    .await
    .context("close the run")?;
    Ok(())
}

/// Keeps the errors of a page.
pub async fn record_errors(
    connection: &mut PgConnection,
    run_id: Uuid,
    slug: &str,
    errors: &[(String, String)],
) -> Result<()> {
    if errors.is_empty() {
        return Ok(());
    }
    let (subjects, messages): (Vec<String>, Vec<String>) = errors.iter().cloned().unzip();
    sqlx::query_file!("sql/record_errors.sql", run_id, slug, &subjects, &messages)
        .execute(connection)
        .await
        .context("record the errors")?;
    Ok(())
}
