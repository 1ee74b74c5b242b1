//! Parts whose rows are due by their age alone.

use anyhow::{Context, Result};
use serde_json::Value;
use shared::job::{Batch, Scope};
use sqlx::PgConnection;

use super::part::{Part, Place};
use super::{DataCleanup, Settings, guard};

/// Reads the next rows of a part that are due. None where it has none.
pub async fn read(
    job: &DataCleanup,
    tx: &mut PgConnection,
    scope: &Scope<Settings>,
    place: &Place,
    size: i64,
    left: u64,
) -> Result<Option<Batch<DataCleanup>>> {
    let (part, cutoffs) = (place.part, &scope.settings.cutoffs);
    // One person, one transaction.
    let size = if part == Part::User { 1 } else { size };
    let keys = sqlx::query_file_scalar!(
        "sql/data-cleanup/due.sql",
        scope.tenant.id,
        part.name(),
        cutoffs.before(part),
        place.after.clone().unwrap_or_else(|| cutoffs.first(part)),
        size,
        scope.as_of
    );
    let keys = keys
        .fetch_all(&mut *tx)
        .await
        .with_context(|| format!("read what is due of {}", part.name()))?;
    if place.after.is_none() && !job.is_forced && guard::is_to_ask(part, keys.len(), size, left) {
        let selected = guard::selected(tx, scope, part).await?.min(left);
        if let Some(guarded) = guard::judge(tx, scope, part.table(), selected).await? {
            return Ok(Some(guarded.batch(place)));
        }
    }
    Ok(place.batch(keys, size))
}

/// Does what is to be done with rows of a part, and says with how many it was done.
pub async fn act(tx: &mut PgConnection, scope: &Scope<Settings>, part: Part, keys: &Value) -> Result<u64> {
    let acted = sqlx::query_file_scalar!(
        "sql/data-cleanup/act.sql",
        scope.tenant.id,
        part.name(),
        scope.settings.cutoffs.before(part),
        keys,
        scope.as_of
    );
    let acted = acted
        .fetch_one(tx)
        .await
        .with_context(|| format!("clean up {}", part.name()))?;
    Ok(acted.unsigned_abs())
}

/// Erases people, and says how many.
pub async fn erase(tx: &mut PgConnection, scope: &Scope<Settings>, keys: &Value) -> Result<u64> {
    let before = scope.settings.cutoffs.before(Part::User);
    let erased = sqlx::query_file!("sql/data-cleanup/erase.sql", scope.tenant.id, before, keys)
        .execute(tx)
        .await
        .context("erase people")?;
    Ok(erased.rows_affected())
}
