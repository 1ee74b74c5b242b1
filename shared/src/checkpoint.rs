//! How far a run has come with a tenant: moved in the transaction of the page it speaks of.

use anyhow::{Context, Result};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    job::{Job, Tenant},
    report::Totals,
};

/// A tenant's part of a run, up to the last page committed.
pub struct Progress<J: Job> {
    pub cursor: Option<J::Cursor>,
    /// Whether the tenant's first page, with the work that is due once, is done.
    pub opened: bool,
    pub finished: bool,
    pub totals: Totals,
    pub counters: J::Counters,
}

impl<J: Job> Progress<J> {
    pub fn none() -> Self {
        Self {
            cursor: None,
            opened: false,
            finished: false,
            totals: Totals::default(),
            counters: J::Counters::default(),
        }
    }
}

impl<J: Job> Clone for Progress<J> {
    fn clone(&self) -> Self {
        Self {
            cursor: self.cursor.clone(),
            counters: self.counters.clone(),
            ..*self
        }
    }
}

/// Reads how far the run had come with the tenant. One of which every subject failed is begun anew: an
/// attempt that could only repeat the earlier one's answer would be none. So is an unfinished one that cannot be gone
/// on with.
///
/// # Errors
/// When the checkpoint cannot be read, or is not one of this job.
pub async fn load<J: Job>(
    tx: &mut PgConnection,
    run_id: Uuid,
    tenant: &Tenant,
    goes_on: bool,
) -> Result<Progress<J>> {
    let row = sqlx::query_file!("sql/load_checkpoint.sql", run_id, tenant.id)
        .fetch_optional(&mut *tx)
        .await
        .context("load the checkpoint")?;
    let row = row.filter(|row| match row.finished {
        true => row.processed > 0 || row.failed == 0,
        false => goes_on,
    });
    sqlx::query_file!("sql/forget_errors.sql", run_id, tenant.slug, row.is_none())
        .execute(&mut *tx)
        .await
        .context("forget the errors of what is tried again")?;
    let Some(row) = row else {
        return Ok(Progress::none());
    };
    Ok(Progress {
        cursor: row
            .cursor
            .map(serde_json::from_value)
            .transpose()
            .context("read the checkpoint's cursor")?,
        opened: true,
        finished: row.finished,
        totals: Totals {
            total: unsigned(row.total),
            processed: unsigned(row.processed),
            failed: unsigned(row.failed),
        },
        counters: serde_json::from_value(row.counters).context("read the checkpoint's counters")?,
    })
}

/// Saves how far the run has come with the tenant, and of the whole run what operators watch.
///
/// # Errors
/// When the database refuses.
pub async fn save<J: Job>(
    tx: &mut PgConnection,
    run_id: Uuid,
    tenant: Uuid,
    progress: &Progress<J>,
    run: Totals,
) -> Result<()> {
    let cursor = progress
        .cursor
        .as_ref()
        .map(serde_json::to_value)
        .transpose()
        .context("write the cursor")?;
    let counters: Value = serde_json::to_value(&progress.counters).context("write the counters")?;
    sqlx::query_file!(
        "sql/save_checkpoint.sql",
        run_id,
        tenant,
        cursor,
        progress.finished,
        counters,
        signed(progress.totals.total),
        signed(progress.totals.processed),
        signed(progress.totals.failed),
        signed(run.total),
        signed(run.processed),
        signed(run.failed),
    )
    .execute(tx)
    .await
    .context("save the checkpoint")?;
    Ok(())
}

/// Counts as PostgreSQL stores them.
pub fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn unsigned(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}
