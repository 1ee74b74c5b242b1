//! The work that is due once a run and is no tenant's: one transaction, as a page is, behind all pages.

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use sqlx::{Connection, Executor, PgConnection};
use uuid::Uuid;

use crate::{
    job::Job,
    lease::{self, Guard},
};

/// What this work must know of its run, which is one of all tenants.
pub struct Run<'a, J: Job> {
    pub job: &'a J,
    pub id: Uuid,
    pub as_of: DateTime<Utc>,
    pub dry_run: bool,
    pub fence: i64,
    pub statement_timeout_ms: u64,
    /// Look first whether an earlier attempt, or a lost commit, has done it.
    pub reload: bool,
}

/// Does the work, unless it is done, and gives what it counted. A dry run rolls it back.
///
/// # Errors
/// When the fence is no longer the run's, and when the job or the database fails.
pub async fn a_run<J: Job>(run: &Run<'_, J>, connection: &mut PgConnection) -> Result<J::Counters> {
    let mut tx = connection.begin().await.context("begin the run's own work")?;
    let guard = Guard {
        tenant: None,
        statement_timeout_ms: run.statement_timeout_ms,
        job: J::NAME,
        scope: "",
        fence: run.fence,
    };
    lease::guard(&mut tx, &guard).await?;
    if run.reload
        && let Some(counted) = done(&mut tx, run.id).await?
    {
        return serde_json::from_value(counted).context("read what the run's own work counted");
    }
    let counters = run.job.once_a_run(&mut tx, run.as_of).await?;
    if run.dry_run {
        // A rollback would never ask the deferred constraints.
        tx.execute("set constraints all immediate")
            .await
            .context("check constraints")?;
        tx.rollback().await.context("roll back the dry run's own work")?;
        return Ok(counters);
    }
    let counted = serde_json::to_value(&counters).context("write the counters")?;
    sqlx::query_file!("sql/save_once.sql", run.id, counted)
        .execute(&mut *tx)
        .await
        .context("keep that the run's own work is done")?;
    tx.commit().await.context("commit the run's own work")?;
    Ok(counters)
}

async fn done(tx: &mut PgConnection, run_id: Uuid) -> Result<Option<serde_json::Value>> {
    sqlx::query_file_scalar!("sql/once_done.sql", run_id)
        .fetch_one(tx)
        .await
        .context("look whether the run's own work is done")
}
