//! The loop: one request, from the lock to the report.
//!
//! In one file because it is one story, read downward: what a run must do in which order, and nothing else.

use std::{future::Future, time::Duration};

use anyhow::{Context, Error, Result};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use tokio::time::{Instant, sleep, timeout_at};
use tracing::{Instrument, debug, info, info_span, warn};
use uuid::Uuid;

use crate::{
    checkpoint::Progress,
    config::{Config, lock_variable},
    db::Database,
    deadline::Deadline,
    fault::{self, Fault},
    job::{Counters, Job, Limit, Limited, Scope, Tenant},
    lease::Superseded,
    lock, once,
    page::{self, Interrupt, Mode, Page},
    report::{Answer, CHANGES_MAX, Report, Skip, Status, SubjectChange, TenantTotals, Totals},
    request::Request,
    run_log,
};

/// How long past the deadline a page may still take before the database is given up: its own
/// `statement_timeout` ends each statement at the deadline.
const GRACE: Duration = Duration::from_secs(2);

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
    pub async fn run<J: Job>(
        &self,
        job: &J,
        request: &Request,
        give_up_at: Option<Instant>,
        watch: &mut impl Watch,
    ) -> Result<Answer> {
        request.permitted(self.config.app_env, &lock_variable(J::NAME))?;
        let started = Instant::now();
        let mut connection = self.database.connect().await?;
        let tenants = run_log::tenants(&mut connection, J::PRODUCT, request.tenant.as_deref()).await?;
        let scope = match (&request.tenant, tenants.first()) {
            (None, _) => String::new(),
            (Some(_), Some(tenant)) => tenant.slug.clone(),
            (Some(_), None) => return skip::<J>(&mut connection, request, "", Skip::TenantNotFound).await,
        };
        let earlier = run_log::find(&mut connection, J::NAME, request.key.as_deref()).await?;
        if let Some(report) = earlier.finished()? {
            return Ok(Answer::Ran(Box::new(Report {
                duplicate: true,
                ..report
            })));
        }
        earlier.resumable(request.dry_run, &scope)?;
        if !earlier.enabled {
            return skip::<J>(&mut connection, request, &scope, Skip::Paused).await;
        }
        let lock_id = request.lock_id.or(self.config.lock_id).unwrap_or(J::LOCK_ID);
        let Some(lock) = lock::acquire(&self.database, lock_id, &scope).await? else {
            return skip::<J>(&mut connection, request, &scope, Skip::Locked).await;
        };
        let id = earlier.id.unwrap_or_else(Uuid::now_v7);
        let Some(begun) = run_log::begin::<J>(&mut connection, id, request, &scope).await? else {
            lock.release().await;
            return skip::<J>(&mut connection, request, &scope, Skip::Locked).await;
        };
        let give_up_at = give_up_at
            .unwrap_or(started + self.config.job_timeout)
            .min(started + self.config.job_timeout);
        let (of_tenant, counters) = match job.limit() {
            Limit::OfRun | Limit::Unsupported(_) => (None, J::Counters::default()),
            Limit::OfStep => (Some(u64::MAX), J::Counters::default()),
            Limit::OfTenant { default, most } => {
                let wanted = request.limit.unwrap_or(default);
                let (limit, clamped) = (wanted.min(most), wanted > most);
                if clamped {
                    warn!(wanted, limit, "the limit is more than a tenant may have");
                }
                (Some(limit), J::limited(Limited::InForce { limit, clamped }))
            }
        };
        let mut run = Run {
            job,
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
        // Boxed, here and below: the loop's state is large, and it need not be moved with each caller's.
        let report = Box::pin(run.work_through(&tenants, watch)).instrument(span).await;
        lock.release().await;
        Ok(Answer::Ran(Box::new(report?)))
    }
}

async fn skip<J: Job>(
    connection: &mut PgConnection,
    request: &Request,
    scope: &str,
    reason: Skip,
) -> Result<Answer> {
    if reason == Skip::TenantNotFound {
        warn!(
            "the request names a tenant that {} does not have, or that is suspended",
            J::PRODUCT
        );
    }
    run_log::skip(connection, J::NAME, request, scope, reason).await?;
    Ok(Answer::Skipped { job: J::NAME, reason })
}

/// Why a run stops before its end.
enum Stop {
    Deadline,
    Failed(Error),
}

/// A run under way.
struct Run<'a, J: Job> {
    job: &'a J,
    /// Subjects that may be taken of each tenant, where that is what a limit means.
    of_tenant: Option<u64>,
    runner: &'a Runner,
    connection: PgConnection,
    id: Uuid,
    request: &'a Request,
    scope: String,
    as_of: DateTime<Utc>,
    attempt: i32,
    fence: i64,
    started: Instant,
    deadline: Deadline,
    tenants: TenantTotals,
    /// Of the tenants done so far.
    totals: Totals,
    counters: J::Counters,
    changes: Vec<SubjectChange>,
}

impl<J: Job> Run<'_, J> {
    async fn work_through(&mut self, tenants: &[Tenant], watch: &mut impl Watch) -> Result<Report> {
        info!(
            attempt = self.attempt,
            tenants = tenants.len(),
            dry_run = self.request.dry_run,
            "run started"
        );
        let mut stop = None;
        for tenant in tenants {
            let is_behind_limit = self.room() == 0;
            if is_behind_limit && !J::ONCE_BEHIND_LIMIT {
                break;
            }
            let mut progress = Progress::none();
            let span = info_span!("tenant", tenant = tenant.slug);
            let ended = self.tenant(tenant, &mut progress, watch).instrument(span).await;
            self.totals.add(progress.totals);
            self.counters.add(&progress.counters);
            match ended {
                Ok(true) => self.tenants.processed += u64::from(!is_behind_limit),
                Ok(false) => self.tenants.failed += 1,
                Err(reason) => {
                    stop = Some(reason);
                    break;
                }
            }
        }
        if J::ONCE_A_RUN && stop.is_none() && self.request.tenant.is_none() {
            stop = self.once().await.err();
        }
        self.finish(stop).await
    }

    /// Subjects that may be taken of the next tenant; all there may be where nothing limits them.
    fn room(&self) -> u64 {
        let of_run = self.request.limit;
        let left_of_run = of_run.map(|limit| limit.saturating_sub(self.totals.total));
        self.of_tenant.or(left_of_run).unwrap_or(u64::MAX)
    }

    /// Does one tenant page by page and says whether it came through. An interrupted page is done again: in
    /// halves where a record was refused, on a fresh connection where the database was at fault.
    async fn tenant(
        &mut self,
        tenant: &Tenant,
        progress: &mut Progress<J>,
        watch: &mut impl Watch,
    ) -> Result<bool, Stop> {
        let mut opened = None;
        let mut mode = Mode {
            reload: self.attempt > 1 && !self.request.dry_run,
            ..Mode::default()
        };
        let mut retried = false;
        while page::is_due(progress, self.room()) {
            if !self.deadline.allows_a_page() {
                return Err(Stop::Deadline);
            }
            mode.statement_timeout_ms = self.deadline.statement_timeout_ms();
            let page_started = Instant::now();
            match self.page(tenant, &mut opened, progress, mode).await {
                Ok(page) => {
                    self.deadline.page_took(page_started.elapsed());
                    self.keep(tenant, page, progress, page_started.elapsed()).await?;
                    (mode, retried) = (Mode::default(), false);
                    watch.page(self.so_far(progress.totals)).await;
                    if !progress.finished {
                        sleep(self.runner.config.batch_delay).await;
                    }
                }
                Err(Interrupt::Tenant(message)) => {
                    self.tenant_failed(tenant, message).await.map_err(Stop::Failed)?;
                    return Ok(false);
                }
                Err(Interrupt::Refused) => {
                    info!("the database refused a record of the page: the page is done again in halves");
                    mode.isolate = true;
                }
                Err(Interrupt::Fault(error)) if fault::classify(&error) == Fault::Transient && !retried => {
                    self.reconnect(&error, "the page").await?;
                    // The commit may have come through although its answer did not.
                    mode.reload = !self.request.dry_run;
                    retried = true;
                }
                Err(Interrupt::Fault(error)) => return Err(Stop::Failed(error)),
            }
        }
        Ok(true)
    }

    async fn page(
        &mut self,
        tenant: &Tenant,
        opened: &mut Option<Scope<J::Settings>>,
        progress: &Progress<J>,
        mode: Mode,
    ) -> Result<Page<J>, Interrupt> {
        let run = page::Run {
            job: self.job,
            id: self.id,
            as_of: self.as_of,
            dry_run: self.request.dry_run,
            scope: &self.scope,
            fence: self.fence,
            batch_size: u64::from(self.runner.config.batch_size),
            room: self.room(),
            room_is_own: self.of_tenant.is_some(),
            of_step: self.request.limit.filter(|_| self.job.limit() == Limit::OfStep),
            before: self.totals,
        };
        let page = Box::pin(page::next(
            &run,
            &mut self.connection,
            tenant,
            opened,
            progress,
            mode,
        ));
        timeout_at(self.deadline.at() + GRACE, page)
            .await
            .unwrap_or_else(|_| Err(Interrupt::Fault(fault::NoAnswer.into())))
    }

    /// Does what is due once a run. It is tried once more on a fresh connection where the database was at fault.
    async fn once(&mut self) -> Result<(), Stop> {
        let mut reload = self.attempt > 1 && !self.request.dry_run;
        let mut retried = false;
        loop {
            if !self.deadline.allows_a_page() {
                return Err(Stop::Deadline);
            }
            let run = once::Run {
                job: self.job,
                id: self.id,
                as_of: self.as_of,
                dry_run: self.request.dry_run,
                fence: self.fence,
                statement_timeout_ms: self.deadline.statement_timeout_ms(),
                reload,
            };
            let work = Box::pin(once::a_run(&run, &mut self.connection));
            let done = timeout_at(self.deadline.at() + GRACE, work).await;
            match done.unwrap_or_else(|_| Err(fault::NoAnswer.into())) {
                Ok(counters) => {
                    self.counters.add(&counters);
                    return Ok(());
                }
                Err(error) if fault::classify(&error) == Fault::Transient && !retried => {
                    self.reconnect(&error, "what is due once a run").await?;
                    reload = !self.request.dry_run;
                    retried = true;
                }
                Err(error) => return Err(Stop::Failed(error)),
            }
        }
    }

    /// Takes a fresh connection, for what is to be tried once more.
    async fn reconnect(&mut self, error: &Error, what: &str) -> Result<(), Stop> {
        let reason = fault::describe(error);
        warn!(reason, "{what} is tried once more on a fresh connection");
        self.connection = self.runner.database.connect().await.map_err(Stop::Failed)?;
        Ok(())
    }

    /// Takes a page that is done into the run's account.
    async fn keep(
        &mut self,
        tenant: &Tenant,
        page: Page<J>,
        progress: &mut Progress<J>,
        took: Duration,
    ) -> Result<(), Stop> {
        let duration_ms = took.as_millis() as u64;
        debug!(duration_ms, total = page.progress.totals.total, "page done");
        for (subject, reason) in &page.errors {
            warn!(subject, reason, "a subject failed");
        }
        *progress = page.progress;
        if self.request.dry_run {
            let room = CHANGES_MAX.saturating_sub(self.changes.len());
            self.changes.extend(page.changes.into_iter().take(room));
            let so_far = self.so_far(progress.totals);
            let kept =
                run_log::dry_page(&mut self.connection, self.id, &tenant.slug, &page.errors, so_far).await;
            kept.map_err(Stop::Failed)?;
        }
        Ok(())
    }

    fn so_far(&self, of_tenant: Totals) -> Totals {
        let mut totals = self.totals;
        totals.add(of_tenant);
        totals
    }

    async fn tenant_failed(&mut self, tenant: &Tenant, message: String) -> Result<()> {
        warn!(reason = message, "the tenant failed as a whole");
        let error = [("tenant".to_owned(), message)];
        run_log::record_errors(&mut self.connection, self.id, &tenant.slug, &error).await
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
            job: J::NAME.to_owned(),
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
