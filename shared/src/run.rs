//! A run: one request, from the lock to the report. What lies between them is the program's ([`Program::work`]).
//!
//! In one file because it is one story, read downward: what a run must do in which order, and nothing else.

use std::future::Future;

use anyhow::{Context, Error, Result};
use chrono::{DateTime, Utc};
use sqlx::{Connection, PgConnection, PgTransaction};
use tokio::time::Instant;
use tracing::{Instrument, info, info_span, warn};
use uuid::Uuid;

use crate::{
    config::{AppEnv, Config, lock_variable},
    db::Database,
    deadline::Deadline,
    fault,
    job::{Counters, Limit, Limited, Tenant},
    lease::{self, Guard, Superseded},
    lock,
    program::Program,
    report::{Answer, CHANGES_MAX, Report, Skip, Status, SubjectChange, TenantTotals, Totals},
    request::Request,
    run_log,
};

/// Whoever wants to see a run advance.
pub trait Watch: Send {
    /// Called after each page that is committed, or rolled back in a dry run.
    fn page(&mut self, so_far: Totals) -> impl Future<Output = ()> + Send;
}

/// Nobody watches.
impl Watch for () {
    async fn page(&mut self, _so_far: Totals) {}
}

/// What runs have in common that one process does.
pub struct Runner {
    config: Config,
    database: Database,
}

impl Runner {
    /// A runner for the job of this name.
    pub fn new(config: Config, job: &str) -> Self {
        Self {
            database: Database::new(&config, job),
            config,
        }
    }

    /// The configuration that the runner was made with.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Does what is asked for and answers with the report. A run that failed, or met its deadline, has a report
    /// too; its status says so.
    ///
    /// # Errors
    /// [`crate::request::BadRequest`] when the request contradicts itself or an earlier one; anything else when no run came about,
    /// such as a database that cannot be reached.
    pub async fn run<P: Program>(
        &self,
        program: &P,
        request: &Request,
        give_up_at: Option<Instant>,
        watch: &mut impl Watch,
    ) -> Result<Answer> {
        request.permitted(self.config.app_env, &lock_variable(P::NAME))?;
        let started = Instant::now();
        let mut connection = self.database.connect().await?;
        let tenants = run_log::tenants(&mut connection, P::PRODUCT, request.tenant.as_deref()).await?;
        let scope = match (&request.tenant, tenants.first()) {
            (None, _) => String::new(),
            (Some(_), Some(tenant)) => tenant.slug.clone(),
            (Some(_), None) => return skip::<P>(&mut connection, request, "", Skip::TenantNotFound).await,
        };
        let earlier = run_log::find(&mut connection, P::NAME, request.key.as_deref()).await?;
        if let Some(report) = earlier.finished()? {
            return Ok(Answer::Ran(Box::new(Report {
                duplicate: true,
                ..report
            })));
        }
        earlier.resumable(request.dry_run, &scope)?;
        if !earlier.enabled {
            return skip::<P>(&mut connection, request, &scope, Skip::Paused).await;
        }
        let lock_id = request.lock_id.or(self.config.lock_id).unwrap_or(P::LOCK_ID);
        let Some(lock) = lock::acquire(&self.database, lock_id, &scope).await? else {
            return skip::<P>(&mut connection, request, &scope, Skip::Locked).await;
        };
        let id = earlier.id.unwrap_or_else(Uuid::now_v7);
        let Some(begun) = run_log::begin(&mut connection, P::NAME, id, request, &scope).await? else {
            lock.release().await;
            return skip::<P>(&mut connection, request, &scope, Skip::Locked).await;
        };
        let give_up_at = give_up_at
            .unwrap_or(started + self.config.job_timeout)
            .min(started + self.config.job_timeout);
        let (of_tenant, counters) = match program.limit() {
            Limit::OfRun | Limit::Unsupported(_) => (None, P::Counters::default()),
            Limit::OfStep => (Some(u64::MAX), P::Counters::default()),
            Limit::OfTenant { default, most } => {
                let wanted = request.limit.unwrap_or(default);
                let (limit, clamped) = (wanted.min(most), wanted > most);
                if clamped {
                    warn!(wanted, limit, "the limit is more than a tenant may have");
                }
                (Some(limit), P::limited(Limited::InForce { limit, clamped }))
            }
        };
        let mut run = Run {
            program,
            of_tenant,
            runner: self,
            connection,
            id,
            request,
            scope,
            as_of: begun.as_of,
            attempt: begun.attempt,
            fence: begun.fence,
            started,
            deadline: Deadline::new(give_up_at),
            tenants: TenantTotals {
                total: tenants.len() as u64,
                ..TenantTotals::default()
            },
            totals: Totals::default(),
            counters,
            changes: Vec::new(),
        };
        let span = info_span!("run", run_id = %id);
        // Boxed, here and in the loop: its state is large, and it need not be moved with each caller's.
        let report = Box::pin(run.through(&tenants, watch)).instrument(span).await;
        lock.release().await;
        Ok(Answer::Ran(Box::new(report?)))
    }
}

async fn skip<P: Program>(
    connection: &mut PgConnection,
    request: &Request,
    scope: &str,
    reason: Skip,
) -> Result<Answer> {
    if reason == Skip::TenantNotFound {
        warn!(
            "the request names a tenant that {} does not have, or that is suspended",
            P::PRODUCT
        );
    }
    run_log::skip(connection, P::NAME, request, scope, reason).await?;
    Ok(Answer::Skipped { job: P::NAME, reason })
}

/// Why a run stops before its end.
pub enum Stop {
    Deadline,
    Failed(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// A run under way.
pub struct Run<'a, P: Program> {
    pub program: &'a P,
    /// Subjects that may be taken of each tenant, where that is what a limit means.
    pub(crate) of_tenant: Option<u64>,
    pub(crate) runner: &'a Runner,
    pub(crate) connection: PgConnection,
    pub id: Uuid,
    pub request: &'a Request,
    pub(crate) scope: String,
    /// The run's clock, as it began.
    pub as_of: DateTime<Utc>,
    pub(crate) attempt: i32,
    pub(crate) fence: i64,
    started: Instant,
    pub(crate) deadline: Deadline,
    pub tenants: TenantTotals,
    /// Of what is done so far; of a [`crate::job::Job`], of the tenants done so far.
    pub totals: Totals,
    pub counters: P::Counters,
    pub(crate) changes: Vec<SubjectChange>,
}

impl<P: Program> Run<'_, P> {
    async fn through(&mut self, tenants: &[Tenant], watch: &mut impl Watch) -> Result<Report> {
        info!(
            attempt = self.attempt,
            tenants = tenants.len(),
            dry_run = self.request.dry_run,
            "run started"
        );
        let program = self.program;
        let stop = program.work(self, tenants, watch).await.err();
        self.finish(stop).await
    }

    /// The run's clock now: what passes while it works passes on it, too.
    pub fn now(&self) -> DateTime<Utc> {
        self.as_of + self.started.elapsed()
    }

    /// When the run must be done.
    pub fn deadline(&self) -> Instant {
        self.deadline.at()
    }

    /// A secret's text, from memory while that is young.
    ///
    /// # Errors
    /// Names the secret's id and the reason, never its content.
    pub async fn secret(&self, id: &str) -> Result<String> {
        self.runner.database.secret(id).await
    }

    /// Begins a transaction of a tenant, or of none, as a page is one: what it may touch, how long a statement may take,
    /// and the fence held until it ends.
    ///
    /// # Errors
    /// That the run was superseded, when the fence is no longer the run's.
    pub async fn begin(&mut self, tenant: Option<Uuid>) -> Result<PgTransaction<'_>> {
        let guard = Guard {
            tenant,
            statement_timeout_ms: self.deadline.statement_timeout_ms(),
            job: P::NAME,
            scope: &self.scope,
            fence: self.fence,
        };
        let mut tx = self.connection.begin().await.context("begin the transaction")?;
        lease::guard(&mut tx, &guard).await?;
        Ok(tx)
    }

    /// The run's connection, for what must be written also when a later run has taken over.
    pub fn connection(&mut self) -> &mut PgConnection {
        &mut self.connection
    }

    /// Where the program runs.
    pub fn app_env(&self) -> AppEnv {
        self.runner.config.app_env
    }

    /// Counts a subject that failed and keeps why. `tenant` is a slug, empty where it is nobody's.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn failed(&mut self, tenant: &str, subject: &str, message: &str) -> Result<()> {
        warn!(subject, reason = message, "a subject failed");
        self.totals.add(Totals {
            total: 1,
            processed: 0,
            failed: 1,
        });
        let error = [(subject.to_owned(), message.to_owned())];
        run_log::record_errors(&mut self.connection, self.id, tenant, &error).await
    }

    /// Counts subjects that were processed.
    pub fn processed(&mut self, count: u64, counted: &P::Counters) {
        self.totals.add(Totals {
            total: count,
            processed: count,
            failed: 0,
        });
        self.counters.add(counted);
    }

    /// Keeps changes of a dry run for its report, as many as it shows.
    pub fn show(&mut self, changes: impl IntoIterator<Item = SubjectChange>) {
        let room = CHANGES_MAX.saturating_sub(self.changes.len());
        self.changes.extend(changes.into_iter().take(room));
    }

    /// Takes a fresh connection, for what is to be tried once more.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn reconnect(&mut self, error: &Error, what: &str) -> Result<(), Stop> {
        let reason = fault::describe(error);
        warn!(reason, "{what} is tried once more on a fresh connection");
        self.connection = self.runner.database.connect().await.map_err(Stop::Failed)?;
        Ok(())
    }

    /// Closes the run and gives its report.
    async fn finish(&mut self, stop: Option<Stop>) -> Result<Report> {
        let all = |part: u64, whole: u64| whole > 0 && part == whole;
        let (status, error) = match stop {
            Some(Stop::Deadline) => (
                Status::Incomplete,
                Some("the deadline came before the end".to_owned()),
            ),
            Some(Stop::Failed(error)) => {
                tracing::error!(reason = fault::describe(&error), "the run stopped");
                // The connection may be what failed; an overtaken run's is as good as ever.
                if !error.is::<Superseded>() {
                    self.connection = self.runner.database.connect().await.context("close the run")?;
                }
                (Status::Failed, Some(fault::describe(&error)))
            }
            None if all(self.tenants.failed, self.tenants.total) => {
                (Status::Failed, Some("every tenant failed".into()))
            }
            None if all(self.totals.failed, self.totals.total) => {
                (Status::Failed, Some("every subject failed".into()))
            }
            None if self.totals.failed + self.tenants.failed > 0 => (Status::Partial, None),
            None => (Status::Succeeded, None),
        };
        let errors = run_log::errors(&mut self.connection, self.id).await?;
        let report = Report {
            job: P::NAME.to_owned(),
            run_id: self.id,
            status,
            trigger: self.request.trigger.as_str().to_owned(),
            as_of: self.as_of,
            dry_run: self.request.dry_run,
            attempt: self.attempt,
            resumed: self.attempt > 1 && !self.request.dry_run,
            duration_ms: self.started.elapsed().as_millis() as u64,
            tenants: self.tenants,
            totals: self.totals,
            counters: serde_json::to_value(&self.counters).context("write the counters")?,
            errors: errors.listed,
            errors_truncated: errors.truncated,
            changes: std::mem::take(&mut self.changes),
            error,
            duplicate: false,
        };
        run_log::finish(&mut self.connection, self.fence, &report).await?;
        Ok(report)
    }
}
