//! What the database knows of the jobs and their runs.

use std::collections::HashMap;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use shared::{program::Program, sql::column};
use sqlx::PgConnection;

use super::{
    STARTED_FOR, Watchdog,
    rule::{ATTEMPTS, GRACE, RUNS, SILENCE},
    start::Start,
    watched::Watched,
};

/// What is said of a run that gave no sign of life. By it such runs are found again.
const NO_SIGN_OF_LIFE: &str = "no sign of life for 15 minutes: the watchdog marked it failed";

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Succeeded, or partial: what could be done is done.
    Well,
    Failed,
    /// It met its deadline; Lambda tries it again.
    Incomplete,
}

/// A finished run of all tenants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finished {
    pub ended: Ended,
    /// None: it was closed by another.
    pub duration_ms: Option<i64>,
    pub total: i64,
    pub failed: i64,
}

/// A run that gave no sign of life and was marked failed at this look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stuck {
    pub attempt: i32,
    pub dry_run: bool,
}

/// What is known of a job.
#[derive(Debug, Clone, Default)]
pub struct Observed {
    pub job: String,
    pub may_be_empty: bool,
    pub is_paused: bool,
    /// The last occurrence whose grace is over, if a run of it is owed.
    pub expected: Option<DateTime<Utc>>,
    /// Whether there was a run since.
    pub came: bool,
    /// The newest runs, newest first.
    pub finished: Vec<Finished>,
    pub stuck: Vec<Stuck>,
    /// Since when the alert `stuck` is open.
    pub stuck_since: Option<DateTime<Utc>>,
    /// Since when the alert `missing` is open.
    pub missing_since: Option<DateTime<Utc>>,
    /// Whether a run ended well after the alert `stuck` was opened.
    pub ended_well: bool,
}

/// What there is in the outbox.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Messages {
    pub failed: i64,
    pub waiting: i64,
}

/// Marks runs failed that gave no sign of life, and gives them by their jobs. This job's own cannot be among them: whoever
/// looks has the lock.
pub async fn fail_stuck(
    tx: &mut PgConnection,
    jobs: &[Watched],
    now: DateTime<Utc>,
) -> Result<Vec<(String, Stuck)>> {
    let names: Vec<&str> = jobs
        .iter()
        .map(|job| job.name.as_str())
        .filter(|name| *name != Watchdog::NAME)
        .collect();
    let failed = sqlx::query_file!(
        "sql/watchdog/fail_stuck.sql",
        &names as &[&str],
        now - SILENCE,
        now,
        NO_SIGN_OF_LIFE,
    )
    .fetch_all(tx)
    .await
    .context("mark runs failed that gave no sign of life")?;
    let stuck = |attempt, dry_run| Stuck { attempt, dry_run };
    Ok(failed
        .into_iter()
        .map(|run| (run.job, stuck(run.attempt, run.dry_run)))
        .collect())
}

/// Reads what the rules must know of each job.
pub async fn read(
    tx: &mut PgConnection,
    jobs: &[Watched],
    failed: Vec<(String, Stuck)>,
    now: DateTime<Utc>,
) -> Result<Vec<Observed>> {
    let mut stuck: HashMap<String, Vec<Stuck>> = HashMap::new();
    for (job, run) in failed {
        stuck.entry(job).or_default().push(run);
    }
    let occurrences = column(jobs, |job| job.schedule.last_before(now - GRACE));
    let rows = sqlx::query_file!(
        "sql/watchdog/observe.sql",
        &column(jobs, |job| job.name.as_str()) as &[&str],
        &occurrences as &[Option<DateTime<Utc>>],
        now,
        RUNS,
        Watchdog::NAME,
    )
    .fetch_all(tx)
    .await
    .context("read how the jobs do")?;
    let observed = rows
        .into_iter()
        .zip(jobs)
        .zip(occurrences)
        .map(|((row, job), occurrence)| {
            let runs = row
                .status
                .iter()
                .zip(row.duration_ms)
                .zip(row.total.into_iter().zip(row.failed));
            let finished = runs.map(|((status, duration_ms), (total, failed))| Finished {
                ended: ended(status),
                duration_ms,
                total,
                failed,
            });
            Observed {
                job: job.name.clone(),
                may_be_empty: job.may_be_empty,
                is_paused: !row.enabled,
                // Whoever looks has come; that nobody does is for CloudWatch to say.
                expected: occurrence.filter(|at| {
                    job.name != Watchdog::NAME && row.watching_since.is_some_and(|since| *at >= since)
                }),
                came: row.came,
                finished: finished.collect(),
                stuck: stuck.remove(&job.name).unwrap_or_default(),
                stuck_since: row.stuck_since,
                missing_since: row.missing_since,
                ended_well: row.ended_well,
            }
        });
    Ok(observed.collect())
}

fn ended(status: &str) -> Ended {
    match status {
        "failed" => Ended::Failed,
        "incomplete" => Ended::Incomplete,
        _ => Ended::Well,
    }
}

/// The runs that stopped without a word and are to be started again. One with a key resumes from its checkpoint.
pub async fn again(tx: &mut PgConnection, jobs: &[Watched], now: DateTime<Utc>) -> Result<Vec<Start>> {
    let runs = sqlx::query_file!(
        "sql/watchdog/again.sql",
        now - STARTED_FOR,
        NO_SIGN_OF_LIFE,
        ATTEMPTS,
        now,
        &column(jobs, |job| job.name.as_str()) as &[&str],
    )
    .fetch_all(tx)
    .await
    .context("look for runs to be started again")?;
    let start = |id, key: Option<String>| key.unwrap_or_else(|| format!("again:{id}"));
    Ok(runs
        .into_iter()
        .map(|run| Start {
            job: run.job,
            key: start(run.id, run.event_key),
            as_of: run.as_of,
            tenant: Some(run.scope).filter(|scope| !scope.is_empty()),
            reason: format!("started by watchdog: run {} gave no sign of life", run.id),
        })
        .collect())
}

/// How the outbox does.
pub async fn messages(tx: &mut PgConnection, now: DateTime<Utc>) -> Result<Messages> {
    sqlx::query_file_as!(Messages, "sql/watchdog/messages.sql", now)
        .fetch_one(tx)
        .await
        .context("count the messages that failed or wait")
}
