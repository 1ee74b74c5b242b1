//! The fence. A lock can be lost while its owner lives (a cut connection, a frozen sandbox, a pooler in
//! between), so each run takes a number that every page's transaction checks before it does anything.

use std::fmt;

use anyhow::{Context, Result};
use sqlx::PgConnection;
use uuid::Uuid;

/// The run no longer owns its fence: a later run has taken over.
#[derive(Debug)]
pub struct Superseded;

impl fmt::Display for Superseded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("superseded: a later run has taken over, nothing more is written")
    }
}

impl std::error::Error for Superseded {}

/// Takes the next fence of a job's scope, away from whoever still counts on it or on an overlapping one.
/// It waits for the page that such a run may be writing.
///
/// # Errors
/// When the database refuses.
pub async fn take(tx: &mut PgConnection, job: &str, scope: &str, run_id: Uuid) -> Result<i64> {
    let fence = sqlx::query_file_scalar!("sql/take_lease.sql", job, scope, run_id)
        .fetch_one(&mut *tx)
        .await
        .context("take the job's lease")?;
    sqlx::query_file!("sql/overtake_leases.sql", job, scope)
        .execute(&mut *tx)
        .await
        .context("overtake overlapping leases")?;
    sqlx::query_file!("sql/fail_overtaken.sql", job, scope, run_id)
        .execute(&mut *tx)
        .await
        .context("close overtaken runs")?;
    Ok(fence)
}

/// What a page's first statement needs.
pub struct Guard<'a> {
    /// None: the work is no tenant's.
    pub tenant: Option<Uuid>,
    pub statement_timeout_ms: u64,
    pub job: &'a str,
    pub scope: &'a str,
    pub fence: i64,
}

/// Opens a page: sets whose data it may touch and how long a statement may take, and holds the fence
/// until the transaction ends.
///
/// # Errors
/// [`Superseded`] when the fence is no longer the run's.
pub async fn guard(tx: &mut PgConnection, guard: &Guard<'_>) -> Result<()> {
    let timeout = guard.statement_timeout_ms.to_string();
    let row = sqlx::query_file!(
        "sql/guard.sql",
        guard.tenant,
        timeout,
        guard.job,
        guard.scope,
        guard.fence
    )
    .fetch_one(tx)
    .await
    .context("open the page")?;
    if row.owned { Ok(()) } else { Err(Superseded.into()) }
}
