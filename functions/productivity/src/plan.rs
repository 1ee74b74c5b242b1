//! How the database is to go about what is summed up over a whole company.

use anyhow::{Context, Result};
use sqlx::PgConnection;

/// Has the transaction join by hashes from here on.
pub async fn join_by_hash(tx: &mut PgConnection) -> Result<()> {
    sqlx::query_file!("sql/plan/join_by_hash.sql")
        .execute(tx)
        .await
        .context("choose how to join")?;
    Ok(())
}
