//! Ends forgotten timers, archives what is old, deletes what is too old, and erases people who left: the one job that deletes.
//!
//! A company's work is parted by table (`Part`), in an order. A page is a batch of one part's rows: their keys are read
//! in the order of their age, and what is to be done is done by these keys, so that a row that the database refuses
//! stands alone, and a dry run, in which no row goes, comes to an end.

mod aged;
mod cutoff;
mod guard;
mod part;
mod session;
mod timer;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use shared::config::{ConfigError, Variables};
use shared::job::{Batch, Decision, Diff, Job, Limit, Reason, Scope, Tally, Tenant};
use sqlx::PgConnection;

use crate::company::{Company, Zones};
use cutoff::{Ages, Cutoffs};
use guard::Guarded;
use part::{Part, Place};
use timer::{Expired, Timer};

/// The job.
pub struct DataCleanup {
    ages: Ages,
    /// Whether the guard is lifted.
    is_forced: bool,
}

impl DataCleanup {
    /// Makes the job as the process's variables say.
    ///
    /// # Errors
    /// [`ConfigError`] names the variable that is missing, malformed or out of its bounds.
    pub fn from_variables(variables: &Variables<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            ages: Ages::from_variables(variables)?,
            is_forced: variables.flag("CLEANUP_FORCE")?,
        })
    }
}

/// What the run goes by in a company.
pub struct Settings {
    zones: Zones,
    cutoffs: Cutoffs,
}

/// A row that something is to be done with, or a table with which nothing is done.
pub enum Row {
    Timer(Timer),
    /// A row of a part, by the key that only the database reads.
    Keyed(Part, Value),
    Guarded(Guarded),
}

/// What is to be done with a row.
pub enum Change {
    Expire(Expired),
    Keyed(Part, Value),
}

shared::counters! {
    pub struct Counters {
        expired_timers: u64,
        archived_sessions: u64,
        /// Old sessions whose day has not been counted: they stay until it is.
        blocked: u64,
        archived_goals: u64,
        deleted_metrics: u64,
        deleted_notifications: u64,
        deleted_mails: u64,
        scrubbed_mails: u64,
        deleted_operational: u64,
        erased_users: u64,
        batches: u64,
        /// Tables of which too much would have gone at once.
        guarded: u64,
        remaining: Remaining,
    }
}

/// How many companies the run has begun and not ended: up with the first page, down with the last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remaining(i64);

impl Tally for Remaining {
    fn join(&mut self, other: &Self) {
        self.0 += other.0;
    }
}

impl Job for DataCleanup {
    const NAME: &'static str = "data-cleanup";
    const PRODUCT: &'static str = "productivity";
    const LOCK_ID: i32 = 482_242;
    const ONCE_A_RUN: bool = true;

    type Settings = Settings;
    type Cursor = Place;
    type Row = Row;
    type Change = Change;
    type Counters = Counters;

    fn limit(&self) -> Limit {
        Limit::OfStep
    }

    async fn settings(
        &self,
        tx: &mut PgConnection,
        as_of: DateTime<Utc>,
        tenant: &Tenant,
    ) -> Result<Settings> {
        Ok(Settings {
            zones: Company::read(tx, tenant).await?.zones,
            cutoffs: Cutoffs::of(as_of, self.ages),
        })
    }

    async fn once(&self, tx: &mut PgConnection, scope: &Scope<Settings>) -> Result<Counters> {
        note_run(tx, scope, Remaining(1)).await?;
        Ok(Counters {
            remaining: Remaining(1),
            ..Counters::default()
        })
    }

    /// Deletes the numbers of the whole installation that are too old: they are no company's.
    async fn once_a_run(&self, tx: &mut PgConnection, as_of: DateTime<Utc>) -> Result<Counters> {
        let before = cutoff::days_before(as_of, cutoff::PERFORMANCE_DAYS);
        let forgotten = sqlx::query_file!("sql/data-cleanup/forget_system_metrics.sql", before)
            .execute(tx)
            .await
            .context("delete old numbers of the installation")?;
        Ok(Counters {
            deleted_metrics: forgotten.rows_affected(),
            ..Counters::default()
        })
    }

    /// Reads the next rows of the part at hand or, where it has none, of the next that has.
    async fn read(
        &self,
        tx: &mut PgConnection,
        scope: &Scope<Settings>,
        after: Option<&Place>,
        limit: i64,
    ) -> Result<Batch<Self>> {
        let mut place = after.cloned().unwrap_or_default();
        loop {
            let left = scope
                .limit
                .map_or(u64::MAX, |limit| limit.saturating_sub(place.taken));
            let size = i64::try_from(left).unwrap_or(i64::MAX).min(limit);
            let batch = match place.part {
                Part::End => return Ok(Batch::of(Vec::new(), limit, |_| Place::default())),
                _ if size == 0 => None,
                Part::Timer => timer::read(tx, scope, &place, size).await?,
                Part::Session => session::read(self, tx, scope, &place, size, left).await?,
                _ => aged::read(self, tx, scope, &place, size, left).await?,
            };
            match batch {
                Some(batch) => return Ok(batch),
                None => place = place.of_next_part(),
            }
        }
    }

    fn subject(row: &Row) -> String {
        match row {
            Row::Timer(timer) => format!("{}:{}", Part::Timer.table(), timer.id),
            Row::Keyed(part, key) => format!("{}:{}", part.table(), part::spelled(key)),
            Row::Guarded(guarded) => format!("step:{}", guarded.table),
        }
    }

    fn decide(scope: &Scope<Settings>, row: &Row) -> Result<Decision<Change, Counters>, Reason> {
        let change = match row {
            Row::Timer(timer) => Change::Expire(timer.expired(scope.as_of)),
            Row::Keyed(part, key) => Change::Keyed(*part, key.clone()),
            Row::Guarded(guarded) => return Err(guarded.to_string().into()),
        };
        Ok(Decision {
            change: Some(change),
            counted: Counters::default(),
        })
    }

    async fn write(
        &self,
        tx: &mut PgConnection,
        scope: &Scope<Settings>,
        changes: &[Change],
    ) -> Result<Counters> {
        // A page is of one part.
        let mut expired = Vec::new();
        let (mut part, mut keys) = (Part::Timer, Vec::new());
        for change in changes {
            match change {
                Change::Expire(timer) => expired.push(timer),
                Change::Keyed(of, key) => {
                    part = *of;
                    keys.push(key);
                }
            }
        }
        let done = match part {
            Part::Timer => timer::write(tx, scope, &expired).await?,
            Part::Session => session::archive(tx, scope, &json!(keys)).await?,
            Part::User => aged::erase(tx, scope, &json!(keys)).await?,
            _ => aged::act(tx, scope, part, &json!(keys)).await?,
        };
        Ok(part.counted(done))
    }

    async fn close(&self, tx: &mut PgConnection, scope: &Scope<Settings>) -> Result<Counters> {
        note_run(tx, scope, Remaining(0)).await?;
        Ok(Counters {
            remaining: Remaining(-1),
            ..Counters::default()
        })
    }

    fn diff(row: &Row, change: &Change) -> Diff {
        match (row, change) {
            (Row::Timer(timer), Change::Expire(expired)) => timer.diff(expired),
            (_, Change::Keyed(part, _)) => Diff {
                before: json!({"row": "stored"}),
                after: json!({"row": part.outcome()}),
            },
            _ => Diff {
                before: Value::Null,
                after: Value::Null,
            },
        }
    }
}

/// Notes what the run has done for the company.
async fn note_run(tx: &mut PgConnection, scope: &Scope<Settings>, remaining: Remaining) -> Result<()> {
    sqlx::query_file!(
        "sql/data-cleanup/note_run.sql",
        scope.tenant.id,
        scope.run_id,
        scope.as_of,
        scope.settings.cutoffs.noted(),
        json!(Counters::default()),
        i32::try_from(remaining.0).context("count what remains")?
    )
    .execute(tx)
    .await
    .context("note the run")?;
    Ok(())
}

#[cfg(test)]
mod tests;
