//! `watchdog`: looks every five minutes at how all jobs do, opens and resolves alerts, and starts what did not come.
//!
//! A look is one transaction: runs without a sign of life are marked failed, each job is judged by its last runs
//! ([`rule`]), alerts are written and so are the e-mails that tell of them. What is to be started is started after the
//! commit; a look that dies before that leaves it to the next one, which finds the same in the database.
//!
//! Who watches the watchdog is CloudWatch: the alarm on its missing invocations.

mod alert;
mod mail;
pub mod observed;
pub mod rule;
pub mod schedule;
pub mod start;
pub mod watched;

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use chrono::{DateTime, TimeDelta, Utc};
use shared::{
    config::{ConfigError, Variables},
    counters,
    fault::{self, Fault},
    job::{Limit, Tenant},
    program::Program,
    report::SubjectChange,
    run::{Run, Stop, Watch},
};
use sqlx::{Executor, PgConnection};
use tracing::error;

use observed::Observed;
use rule::Verdict;
use start::{Start, Starter};
use watched::{Clock, Watched};

/// How long what did not come, or stopped, is started anew by each look. After that only an operator can help.
const STARTED_FOR: TimeDelta = TimeDelta::hours(1);

/// The job whose work the outbox is.
const DELIVERY: &str = "deliver-messages";

counters! {
    pub struct Counters {
        /// Jobs that were judged.
        jobs: u64,
        alerts_opened: u64,
        /// Alerts of the watchdog's own rules that were open before and still are.
        alerts_still_open: u64,
        alerts_resolved: u64,
        /// Runs without a sign of life that were marked failed.
        runs_failed: u64,
        /// Runs that were asked for. Whether they come is for the next look to see.
        runs_started: u64,
        mails: u64,
        /// Mails that were not written because nobody is named to get them.
        mails_without_reader: u64,
    }
}

/// The job.
pub struct Watchdog {
    pub jobs: Vec<Watched>,
    /// Who is told of alerts.
    pub alert_email: Option<String>,
    pub starter: Starter,
}

impl Watchdog {
    /// Reads `ALERT_EMAIL`, `REMINDER_CLOCK` (utc) and, on Lambda, `FUNCTION_NAME_PREFIX`.
    ///
    /// # Errors
    /// [`ConfigError`] names the variable that is missing or malformed, and says what it takes.
    pub fn from_variables(variables: &Variables<'_>) -> Result<Self, ConfigError> {
        let clocks = [("utc", Clock::Utc), ("local", Clock::Local)];
        let clock = variables.one_of("REMINDER_CLOCK", &clocks, Clock::Utc)?;
        Ok(Self {
            jobs: watched::all(clock).map_err(|error| ConfigError::new(format!("{error:#}")))?,
            alert_email: mail::reader(variables)?,
            starter: Starter::from_variables(variables)?,
        })
    }
}

impl Program for Watchdog {
    const NAME: &'static str = "watchdog";
    const PRODUCT: &'static str = "platform";
    const LOCK_ID: i32 = 482_252;

    type Counters = Counters;

    fn limit(&self) -> Limit {
        Limit::Unsupported(Self::NAME)
    }

    async fn work(&self, run: &mut Run<'_, Self>, _: &[Tenant], watch: &mut impl Watch) -> Result<(), Stop> {
        let looked = match self.transaction(run).await {
            Err(error) if fault::classify(&error) == Fault::Transient => {
                run.reconnect(&error, "the look").await?;
                self.transaction(run).await?
            }
            looked => looked?,
        };
        if run.request.dry_run {
            run.show(looked.changes);
            run.processed(looked.counters.jobs, &looked.counters);
        } else {
            self.start(run, looked).await?;
        }
        watch.page(run.totals).await;
        Ok(())
    }
}

impl Watchdog {
    async fn transaction(&self, run: &mut Run<'_, Self>) -> Result<Look> {
        let (as_of, dry_run) = (run.as_of, run.request.dry_run);
        let mut tx = run.begin(None).await?;
        let looked = look(&mut tx, &self.jobs, as_of, self.alert_email.as_deref()).await?;
        match dry_run {
            true => {
                // A rollback would never ask the deferred constraints.
                tx.execute("set constraints all immediate")
                    .await
                    .context("check constraints")?;
                tx.rollback().await.context("roll back the dry run's look")?;
            }
            false => tx.commit().await.context("commit the look")?,
        }
        Ok(looked)
    }

    /// Starts what is to be started. A job whose run could not be started is a subject that failed; the next look tries it
    /// again.
    async fn start(&self, run: &mut Run<'_, Self>, looked: Look) -> Result<()> {
        let Look {
            mut counters, starts, ..
        } = looked;
        let mut failed = BTreeMap::new();
        for (start, started) in starts.iter().zip(self.starter.start(&starts).await) {
            match started {
                Ok(()) => counters.runs_started += 1,
                Err(reason) => {
                    let (job, reason) = (start.job.as_str(), format!("{reason:#}"));
                    error!(
                        subject = format!("job:{job}"),
                        reason, "a run could not be started"
                    );
                    failed.insert(job, reason);
                }
            }
        }
        for (job, reason) in &failed {
            run.failed("", &format!("job:{job}"), reason).await?;
        }
        run.processed(counters.jobs - failed.len() as u64, &counters);
        Ok(())
    }
}

/// What came of a look.
pub struct Look {
    pub counters: Counters,
    /// What is to be started when the look is committed.
    pub starts: Vec<Start>,
    /// What a dry run shows.
    pub changes: Vec<SubjectChange>,
}

/// Looks at all jobs, in a transaction that is no tenant's.
///
/// # Errors
/// When the database refuses.
pub async fn look(
    tx: &mut PgConnection,
    jobs: &[Watched],
    now: DateTime<Utc>,
    alert_email: Option<&str>,
) -> Result<Look> {
    let failed = observed::fail_stuck(tx, jobs, now).await?;
    let runs_failed = failed.len() as u64;
    let observed = observed::read(tx, jobs, failed, now).await?;
    let mut findings: Vec<_> = observed.iter().flat_map(|job| rule::judge(job, now)).collect();
    if let Some(delivery) = observed.iter().find(|job| job.job == DELIVERY) {
        let mut of_messages = rule::judge_messages(DELIVERY, observed::messages(tx, now).await?);
        if delivery.is_paused {
            of_messages
                .iter_mut()
                .for_each(|finding| finding.verdict = Verdict::Unknown);
        }
        findings.extend(of_messages);
    }
    let alerts = alert::write(tx, &findings, now).await?;
    let told = mail::write(tx, now, alert_email).await?;
    let mut starts = observed::again(tx, jobs, now).await?;
    starts.extend(observed.iter().filter_map(|job| missed(job, now)));
    Ok(Look {
        counters: Counters {
            jobs: jobs.len() as u64,
            alerts_opened: alerts.opened,
            alerts_still_open: alerts.still_open,
            alerts_resolved: alerts.resolved,
            runs_failed,
            runs_started: 0,
            mails: told.written,
            mails_without_reader: told.without_reader,
        },
        starts,
        changes: alerts.changes,
    })
}

/// The run to be started for one that did not come: one a job, that of its last occurrence, however many were missed. Its key
/// makes it one run, however often it is asked for.
fn missed(job: &Observed, now: DateTime<Utc>) -> Option<Start> {
    let expected = job.expected.filter(|_| !job.came && !job.is_paused)?;
    let is_fresh = expected + rule::GRACE + STARTED_FOR > now
        || job.missing_since.is_none_or(|since| since + STARTED_FOR > now);
    let at = rule::instant(expected);
    is_fresh.then(|| Start {
        job: job.job.clone(),
        key: format!("missed:{}:{at}", job.job),
        as_of: expected,
        tenant: None,
        reason: format!("started by watchdog: the run of {at} did not come"),
    })
}

#[cfg(test)]
mod tests;
