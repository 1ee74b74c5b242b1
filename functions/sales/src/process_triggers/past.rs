//! What earlier runs did: on the run's date, and about what it found.

use anyhow::{Context, Result};
use shared::sql::column;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    candidate::{Candidate, Status, Stored},
    day::{Day, Execution},
};
use crate::distributor::Distributor;

/// Candidates whose earlier executions are asked for at once: what their keys take, in the program and in the
/// statement, stays small beside the candidates.
const ASKED_AT_ONCE: usize = 10_000;

/// What was executed on the run's date before it began.
pub async fn today(tx: &mut PgConnection, tenant_id: Uuid, distributor: &Distributor) -> Result<Day> {
    let executed = sqlx::query_file_as!(
        Execution,
        "sql/process-triggers/today.sql",
        tenant_id,
        distributor.today
    )
    .fetch_all(tx)
    .await
    .context("read what was executed today")?;
    let setting = &distributor.setting;
    Ok(Day::new(
        setting.max_executions_per_day,
        setting.max_tasks_per_owner_day,
        executed,
    ))
}

/// Reads what earlier runs made of what was found.
pub async fn remember(
    tx: &mut PgConnection,
    tenant_id: Uuid,
    distributor: &Distributor,
    found: &mut [Candidate],
) -> Result<()> {
    let cooldown = distributor.setting.cooldown_days.unsigned_abs();
    let cooling_from = distributor.days_ago(cooldown.into());
    for candidates in found.chunks_mut(ASKED_AT_ONCE) {
        let rows = sqlx::query_file!(
            "sql/process-triggers/executions.sql",
            tenant_id,
            &column(candidates, |candidate| candidate.trigger.id),
            &column(candidates, Candidate::dedupe_key),
            &column(candidates, |candidate| candidate
                .customer_id()
                .filter(|_| candidate.cools_down())) as &[Option<Uuid>],
            &column(candidates, |candidate| candidate.condition_on),
            cooling_from,
            distributor.today
        )
        .fetch_all(&mut *tx)
        .await
        .context("read what was executed before")?;
        for row in rows {
            let candidate = &mut candidates[row.place.unsigned_abs() as usize - 1];
            candidate.is_cooling = row.is_cooling;
            candidate.stored = row.status.map(|status| Stored {
                status: match status.as_str() {
                    "SUCCESS" => Status::Success,
                    "FAILED" => Status::Failed,
                    _ => Status::Skipped,
                },
                attempts: row.attempts.unwrap_or_default(),
            });
        }
    }
    Ok(())
}
