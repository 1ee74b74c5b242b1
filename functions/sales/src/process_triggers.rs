//! Notices customers and products that need somebody, and makes the tasks, mails and updates for them.
//!
//! All candidates of a distributor are found on its state when the run begins, and handled in one order. What a
//! candidate alone decides is a rule of its own; the limits of the day are counted from one candidate to the next, in
//! the order in which they are written.

mod candidate;
mod config;
mod customers;
mod day;
mod decision;
mod figures;
mod past;
mod search;
mod text;
mod trigger;
mod write;

use std::sync::{Arc, Mutex, MutexGuard};

use anyhow::{Context, Result, anyhow};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use shared::{
    config::{ConfigError, Variables},
    job::{Batch, Decision, Diff, Job, Reason, Scope, Tenant},
    sql::column,
};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::distributor::{self, Distributor};
use candidate::{Candidate, Place, Row, Status};
use day::Day;
use decision::{Means, Plan, Skip, Verdict};

/// Whose results the conditions are found in.
const INPUTS: [&str; 3] = ["update-account-types", "sample-metrics", "calculate-burn-rates"];

/// The job.
pub struct ProcessTriggers {
    /// Where the application stands that tasks are worked off in, without a slash at its end.
    frontend_url: String,
}

impl ProcessTriggers {
    /// The job whose tasks and mails lead to `FRONTEND_URL`.
    ///
    /// # Errors
    /// When that is missing or no web address.
    pub fn from_variables(variables: &Variables<'_>) -> Result<Self, ConfigError> {
        let frontend_url = variables.base_url("FRONTEND_URL")?;
        Ok(Self { frontend_url })
    }
}

/// A distributor at the run's clock, with all that its triggers noticed.
pub struct Settings {
    means: Means,
    frontend_url: String,
    usable_triggers: u64,
    /// In the order in which they are handled.
    rows: Vec<Row>,
    day: Mutex<Day>,
}

/// A candidate that is executed or skipped.
pub struct Change {
    candidate: Arc<Candidate>,
    /// What is to be done unless a limit is met.
    verdict: Result<Plan, Skip>,
    /// Known once it is written.
    outcome: Mutex<Option<Result<(), Skip>>>,
}

shared::counters! {
    pub struct Counters {
        /// Active, and with a usable config.
        triggers_processed: u64,
        matched: u64,
        deduplicated: u64,
        executed: u64,
        skipped: u64,
        skipped_do_not_contact: u64,
        skipped_missing_owner: u64,
        skipped_no_target: u64,
        skipped_cooldown: u64,
        skipped_customer_limit: u64,
        skipped_owner_limit: u64,
        skipped_tenant_limit: u64,
        failed_executions: u64,
        tasks_created: u64,
        notifications_created: u64,
        emails_queued: u64,
        webhooks_queued: u64,
        crm_queued: u64,
        /// One of the jobs that this one reads from has not run lately.
        stale: bool,
    }
}

impl Counters {
    fn skip(&mut self, skip: Skip) {
        self.skipped += 1;
        *match skip {
            Skip::DoNotContact => &mut self.skipped_do_not_contact,
            Skip::MissingOwner => &mut self.skipped_missing_owner,
            Skip::NoTarget => &mut self.skipped_no_target,
            Skip::Cooldown => &mut self.skipped_cooldown,
            Skip::CustomerLimit => &mut self.skipped_customer_limit,
            Skip::OwnerLimit => &mut self.skipped_owner_limit,
            Skip::TenantLimit => &mut self.skipped_tenant_limit,
        } += 1;
    }
}

impl Settings {
    fn day(&self) -> Result<MutexGuard<'_, Day>> {
        self.day.lock().map_err(|_| anyhow!("a page panicked"))
    }
}

impl Job for ProcessTriggers {
    const NAME: &'static str = "process-triggers";
    const PRODUCT: &'static str = "sales";
    const LOCK_ID: i32 = 482_224;

    type Settings = Settings;
    type Cursor = Place;
    type Row = Row;
    type Change = Change;
    type Counters = Counters;

    async fn settings(
        &self,
        tx: &mut PgConnection,
        as_of: DateTime<Utc>,
        tenant: &Tenant,
    ) -> Result<Settings> {
        let distributor = Distributor::read(tx, as_of, tenant).await?;
        let (mut rows, mut usable) = (Vec::new(), Vec::new());
        for stored in triggers(tx, tenant.id).await? {
            let id = stored.id;
            match stored.parsed() {
                Ok(trigger) => usable.push(Arc::new(trigger)),
                Err(why) => rows.push(Row::Unusable(id, why.into())),
            }
        }
        let found = search::candidates(tx, tenant.id, as_of, &distributor, &usable).await?;
        rows.extend(
            found
                .into_iter()
                .map(|candidate| Row::Candidate(Arc::new(candidate))),
        );
        rows.sort_unstable_by_key(Row::place);
        Ok(Settings {
            day: Mutex::new(past::today(tx, tenant.id, &distributor).await?),
            means: Means {
                distributor,
                endpoints: endpoints(tx, tenant.id).await?,
            },
            frontend_url: self.frontend_url.clone(),
            usable_triggers: usable.len() as u64,
            rows,
        })
    }

    async fn once(&self, tx: &mut PgConnection, scope: &Scope<Settings>) -> Result<Counters> {
        Ok(Counters {
            triggers_processed: scope.settings.usable_triggers,
            stale: distributor::is_stale(tx, scope, &INPUTS).await?,
            ..Counters::default()
        })
    }

    async fn read(
        &self,
        _tx: &mut PgConnection,
        scope: &Scope<Settings>,
        after: Option<&Place>,
        limit: i64,
    ) -> Result<Batch<Self>> {
        let rows = &scope.settings.rows;
        let first = after.map_or(0, |after| rows.partition_point(|row| row.place() <= *after));
        let end = rows.len().min(first + usize::try_from(limit)?);
        let page = rows[first..end].to_vec();
        let matched = page.iter().filter(|row| matches!(row, Row::Candidate(_))).count() as u64;
        Ok(Batch {
            next: page.last().filter(|_| end < rows.len()).map(Row::place),
            rows: page,
            counted: Counters {
                matched,
                ..Counters::default()
            },
        })
    }

    fn subject(row: &Row) -> String {
        match row {
            Row::Unusable(trigger, _) => format!("trigger:{trigger}"),
            Row::Candidate(candidate) => {
                format!("execution:{}:{}", candidate.trigger.id, candidate.dedupe_key())
            }
        }
    }

    fn decide(scope: &Scope<Settings>, row: &Row) -> Result<Decision<Change, Counters>, Reason> {
        let candidate = match row {
            Row::Unusable(_, why) => return Err(Reason(why.to_string())),
            Row::Candidate(candidate) => candidate,
        };
        let verdict = match scope.settings.means.decide(candidate) {
            Verdict::Deduplicated => {
                return Ok(Decision {
                    change: None,
                    counted: Counters {
                        deduplicated: 1,
                        ..Counters::default()
                    },
                });
            }
            Verdict::Skip(skip) => Err(skip),
            Verdict::Execute(plan) => Ok(plan),
        };
        // What becomes of it is known when those before it are written.
        Ok(Decision {
            change: Some(Change {
                candidate: candidate.clone(),
                verdict,
                outcome: Mutex::default(),
            }),
            counted: Counters::default(),
        })
    }

    async fn write(
        &self,
        tx: &mut PgConnection,
        scope: &Scope<Settings>,
        changes: &[Change],
    ) -> Result<Counters> {
        write::write(tx, scope, changes).await
    }

    async fn refused(
        &self,
        tx: &mut PgConnection,
        scope: &Scope<Settings>,
        change: &Change,
        why: &str,
    ) -> Result<()> {
        write::refused(tx, scope, change, why).await
    }

    fn refusal() -> Counters {
        Counters {
            failed_executions: 1,
            ..Counters::default()
        }
    }

    fn diff(_row: &Row, change: &Change) -> Diff {
        let stored = change.candidate.stored.map(|stored| stored.status);
        let before = stored.map_or(Value::Null, |status| json!(status.as_str()));
        let outcome = change.outcome.lock().ok().and_then(|outcome| *outcome);
        let after = match (outcome, &change.verdict) {
            // What was skipped before is left as it is.
            (Some(Err(_)), _) if stored == Some(Status::Skipped) => before.clone(),
            (Some(Err(skip)), _) => json!({
                "status": Status::Skipped.as_str(), "skipReason": skip.as_str(), "actions": [],
            }),
            (Some(Ok(())), Ok(plan)) => json!({
                "status": Status::Success.as_str(),
                "skipReason": null,
                "actions": column(&plan.actions(), |action| action.as_str()),
            }),
            _ => before.clone(),
        };
        Diff { before, after }
    }
}

async fn triggers(tx: &mut PgConnection, tenant_id: Uuid) -> Result<Vec<config::Stored>> {
    sqlx::query_file_as!(config::Stored, "sql/process-triggers/triggers.sql", tenant_id)
        .fetch_all(tx)
        .await
        .context("read the triggers")
}

async fn endpoints(tx: &mut PgConnection, tenant_id: Uuid) -> Result<Vec<(Uuid, Vec<String>)>> {
    let rows = sqlx::query_file!("sql/process-triggers/endpoints.sql", tenant_id)
        .fetch_all(tx)
        .await
        .context("read the webhook endpoints")?;
    Ok(rows.into_iter().map(|row| (row.id, row.event_types)).collect())
}

#[cfg(test)]
mod tests;
