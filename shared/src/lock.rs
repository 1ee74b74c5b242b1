//! The advisory lock that keeps two runs of a job apart. It lives on a connection of its own, so it goes
//! when its owner goes, however that happens.

use anyhow::{Context, Result};
use sqlx::{Connection, PgConnection};

use crate::db::Database;

/// The lock of a live run.
pub struct RunLock {
    connection: PgConnection,
}

/// Takes the lock of a job, or of one scope of it, without waiting. A scope is empty for all tenants.
///
/// A scoped run shares the job's lock with other scopes and has its scope's to itself; so runs of two
/// tenants go side by side, and an unscoped run excludes them all.
///
/// # Errors
/// When the database cannot be asked.
pub async fn acquire(database: &Database, lock_id: i32, scope: &str) -> Result<Option<RunLock>> {
    let mut connection = database.connect().await?;
    let acquired = match scope {
        "" => {
            sqlx::query_file_scalar!("sql/lock.sql", lock_id)
                .fetch_one(&mut connection)
                .await
        }
        _ => {
            sqlx::query_file_scalar!("sql/lock_scope.sql", lock_id, scope)
                .fetch_one(&mut connection)
                .await
        }
    };
    let lock = RunLock { connection };
    if acquired.context("take the job's lock")? {
        return Ok(Some(lock));
    }
    lock.release().await;
    Ok(None)
}

impl RunLock {
    /// Gives the lock back at once; when that fails, closing the connection does it. The lock is
    /// unlocked first because a server notices a closed connection only a moment later.
    pub async fn release(mut self) {
        if sqlx::query_file!("sql/unlock.sql")
            .execute(&mut self.connection)
            .await
            .is_ok()
        {
            drop(self.connection.close().await);
        }
    }
}
