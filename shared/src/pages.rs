//! The loop: a [`Job`] is done tenant after tenant, page by page.

use std::time::Duration;

use anyhow::Result;
use tokio::time::{Instant, sleep, timeout_at};
use tracing::{Instrument, debug, info, info_span, warn};

use crate::{
    checkpoint::Progress,
    fault::{self, Fault},
    job::{Counters, Job, Limit, Limited, Scope, Tenant},
    once,
    page::{self, Interrupt, Mode, Page},
    program::Program,
    report::Totals,
    run::{Run, Stop, Watch},
    run_log,
};

/// How long past the deadline a page may still take before the database is given up: its own
/// `statement_timeout` ends each statement at the deadline.
const GRACE: Duration = Duration::from_secs(2);

impl<J: Job> Program for J {
    const NAME: &'static str = J::NAME;
    const PRODUCT: &'static str = J::PRODUCT;
    const LOCK_ID: i32 = J::LOCK_ID;

    type Counters = J::Counters;

    fn limit(&self) -> Limit {
        Job::limit(self)
    }

    fn limited(limited: Limited) -> J::Counters {
        <J as Job>::limited(limited)
    }

    async fn work(
        &self,
        run: &mut Run<'_, J>,
        tenants: &[Tenant],
        watch: &mut impl Watch,
    ) -> Result<(), Stop> {
        run.all_pages(tenants, watch).await
    }
}

impl<J: Job> Run<'_, J> {
    /// Does all tenants, and then what is due once a run.
    async fn all_pages(&mut self, tenants: &[Tenant], watch: &mut impl Watch) -> Result<(), Stop> {
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
            match ended? {
                true => self.tenants.processed += u64::from(!is_behind_limit),
                false => self.tenants.failed += 1,
            }
        }
        if J::ONCE_A_RUN && self.request.tenant.is_none() {
            self.once().await?;
        }
        Ok(())
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
                        sleep(self.runner.config().batch_delay).await;
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
            job: self.program,
            id: self.id,
            as_of: self.as_of,
            dry_run: self.request.dry_run,
            scope: &self.scope,
            fence: self.fence,
            batch_size: u64::from(self.runner.config().batch_size),
            room: self.room(),
            room_is_own: self.of_tenant.is_some(),
            of_step: self
                .request
                .limit
                .filter(|_| self.program.limit() == Limit::OfStep),
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
                job: self.program,
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
            self.show(page.changes);
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
}
