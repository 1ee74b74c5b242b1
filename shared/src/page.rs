//! One page, one transaction: tenant set, fence checked, subjects read, decided, written, checkpoint moved,
//! committed. A dry run goes the same way and is rolled back at the end, so its counts are true.
//!
//! In one file because it is one transaction, told in its order.

use anyhow::{Context, Error, Result};
use chrono::{DateTime, Utc};
use sqlx::{Connection, Executor, PgConnection};
use uuid::Uuid;

use crate::{
    checkpoint::{self, Progress, signed},
    fault::{self, Fault},
    isolate,
    job::{Batch, Counters, Diff, Job, Limited, Scope, Tenant},
    lease::{self, Guard},
    report::{CHANGES_MAX, SubjectChange, Totals},
    run_log,
};

/// What a page must know of its run.
pub struct Run<'a, J: Job> {
    pub job: &'a J,
    pub id: Uuid,
    pub as_of: DateTime<Utc>,
    pub dry_run: bool,
    pub scope: &'a str,
    pub fence: i64,
    /// Subjects a page.
    pub batch_size: u64,
    /// Subjects that may be taken of this tenant.
    pub room: u64,
    /// Whether that is the tenant's own limit and not what is left of the run's.
    pub room_is_own: bool,
    /// Subjects that the job may take of each step of the tenant's work.
    pub of_step: Option<u64>,
    /// The subjects of the tenants before this one.
    pub before: Totals,
}

/// Whether a page is due: subjects may be taken, or what is due once has not been done.
pub fn is_due<J: Job>(progress: &Progress<J>, room: u64) -> bool {
    let is_once_due = J::ONCE_BEHIND_LIMIT && !progress.opened;
    !progress.finished && (progress.totals.total < room || is_once_due)
}

/// How a page is to be done this time.
#[derive(Clone, Copy, Default)]
pub struct Mode {
    /// Read the checkpoint first: an earlier attempt, or a lost commit, may have come further.
    pub reload: bool,
    /// Write in halves: a record was refused.
    pub isolate: bool,
    pub statement_timeout_ms: u64,
}

/// A page that is committed, or in a dry run rolled back.
pub struct Page<J: Job> {
    pub progress: Progress<J>,
    /// The subjects that failed, and why.
    pub errors: Vec<(String, String)>,
    pub changes: Vec<SubjectChange>,
}

/// Why a page was not committed.
pub enum Interrupt {
    /// The tenant as a whole is at fault.
    Tenant(String),
    /// A record was refused: do the page again, isolating.
    Refused,
    /// Whatever else; [`fault::classify`] tells whether it passes.
    Fault(Error),
}

impl Interrupt {
    /// Before anything was written no single subject can be blamed.
    fn before_writing(error: Error) -> Self {
        match fault::classify(&error) {
            Fault::Tenant(message) => Self::Tenant(message),
            Fault::Record(why) => Self::Tenant(format!("read refused: {why}")),
            Fault::Transient | Fault::Bug => Self::Fault(error),
        }
    }

    /// What is due once a tenant is no single subject's.
    fn in_closing(error: Error) -> Self {
        match fault::classify(&error) {
            Fault::Tenant(message) => Self::Tenant(message),
            Fault::Record(why) => Self::Tenant(format!("write refused: {why}")),
            Fault::Transient | Fault::Bug => Self::Fault(error),
        }
    }

    fn in_writing(error: Error) -> Self {
        match fault::classify(&error) {
            Fault::Record(_) => Self::Refused,
            Fault::Tenant(message) => Self::Tenant(message),
            Fault::Transient | Fault::Bug => Self::Fault(error),
        }
    }
}

/// Does the tenant's next page after `known`. The tenant's settings are read with the first page and kept in
/// `opened`.
pub async fn next<J: Job>(
    run: &Run<'_, J>,
    connection: &mut PgConnection,
    tenant: &Tenant,
    opened: &mut Option<Scope<J::Settings>>,
    known: &Progress<J>,
    mode: Mode,
) -> Result<Page<J>, Interrupt> {
    let mut tx = connection
        .begin()
        .await
        .context("begin the page")
        .map_err(Interrupt::Fault)?;
    let guard = Guard {
        tenant: Some(tenant.id),
        statement_timeout_ms: mode.statement_timeout_ms,
        job: J::NAME,
        scope: run.scope,
        fence: run.fence,
    };
    lease::guard(&mut tx, &guard).await.map_err(Interrupt::Fault)?;

    let mut progress = match mode.reload {
        // Within one attempt a job still has what it remembers.
        true => checkpoint::load(&mut tx, run.id, tenant, J::RESUMES || opened.is_some())
            .await
            .map_err(Interrupt::Fault)?,
        false => known.clone(),
    };
    let mut work = Work {
        run,
        tenant,
        errors: Vec::new(),
        changes: Vec::new(),
    };
    if is_due(&progress, run.room) {
        let scope = match opened {
            Some(scope) => scope,
            None => opened.insert(work.open(&mut tx).await.map_err(Interrupt::before_writing)?),
        };
        work.advance(&mut tx, scope, &mut progress, mode.isolate).await?;
    }
    work.close(tx, &progress)
        .await
        .map_err(|error| match mode.isolate {
            // Isolating, every slice has had its constraints checked: what is refused now is no subject's record.
            true => Interrupt::Fault(error),
            false => Interrupt::in_writing(error),
        })?;
    Ok(Page {
        progress,
        errors: work.errors,
        changes: work.changes,
    })
}

struct Work<'a, J: Job> {
    run: &'a Run<'a, J>,
    tenant: &'a Tenant,
    errors: Vec<(String, String)>,
    changes: Vec<SubjectChange>,
}

impl<J: Job> Work<'_, J> {
    async fn open(&self, tx: &mut PgConnection) -> Result<Scope<J::Settings>> {
        let settings = self.run.job.settings(tx, self.run.as_of, self.tenant).await?;
        Ok(Scope {
            tenant: self.tenant.clone(),
            settings,
            as_of: self.run.as_of,
            run_id: self.run.id,
            limit: (self.run.of_step).or((self.run.room < u64::MAX).then_some(self.run.room)),
        })
    }

    /// Reads, decides and writes, and moves `progress` to where that leads.
    async fn advance(
        &mut self,
        tx: &mut PgConnection,
        scope: &Scope<J::Settings>,
        progress: &mut Progress<J>,
        isolate: bool,
    ) -> Result<(), Interrupt> {
        if !progress.opened {
            progress.counters.add(
                &self
                    .run
                    .job
                    .once(tx, scope)
                    .await
                    .map_err(Interrupt::before_writing)?,
            );
            progress.opened = true;
        }
        if progress.totals.total >= self.run.room {
            return Ok(());
        }
        let size = self
            .run
            .batch_size
            .min(self.run.room.saturating_sub(progress.totals.total));
        let read = self
            .run
            .job
            .read(tx, scope, progress.cursor.as_ref(), signed(size))
            .await;
        let Batch { rows, next, counted } = read.map_err(Interrupt::before_writing)?;
        progress.counters.add(&counted);

        let mut deciding = Vec::with_capacity(rows.len());
        let mut changes = Vec::with_capacity(rows.len());
        for row in &rows {
            match isolate::decide::<J>(scope, row) {
                Ok(decision) => match decision.change {
                    None => progress.counters.add(&decision.counted),
                    Some(change) => {
                        changes.push(change);
                        deciding.push((row, decision.counted));
                    }
                },
                Err(reason) => self.errors.push((J::subject(row), reason.0)),
            }
        }

        let refused = self
            .write(tx, scope, &changes, &mut progress.counters, isolate)
            .await?;
        let mut refused = refused.into_iter().peekable();
        for (place, ((row, counted), change)) in deciding.into_iter().zip(&changes).enumerate() {
            if let Some((_, why)) = refused.next_if(|(index, _)| *index == place) {
                self.errors.push((J::subject(row), why));
                continue;
            }
            progress.counters.add(&counted);
            if self.run.dry_run && self.changes.len() < CHANGES_MAX {
                let Diff { before, after } = J::diff(row, change);
                if before != after {
                    self.changes.push(SubjectChange {
                        tenant: self.tenant.slug.clone(),
                        subject: J::subject(row),
                        before,
                        after,
                    });
                }
            }
        }

        let (total, failed) = (rows.len() as u64, self.errors.len() as u64);
        progress.totals.add(Totals {
            total,
            failed,
            processed: total - failed,
        });
        match next {
            None => {
                let closed = self.run.job.close(tx, scope).await;
                progress.counters.add(&closed.map_err(Interrupt::in_closing)?);
                progress.finished = true;
            }
            Some(place) => {
                if progress.totals.total >= self.run.room {
                    progress.counters.add(&J::limited(Limited::TenantHasMore));
                    progress.finished = self.run.room_is_own;
                }
                progress.cursor = Some(place);
            }
        }
        Ok(())
    }

    /// Writes the page's changes; what is refused comes back in the order of the slice.
    async fn write(
        &self,
        tx: &mut PgConnection,
        scope: &Scope<J::Settings>,
        changes: &[J::Change],
        counters: &mut J::Counters,
        isolate: bool,
    ) -> Result<Vec<(usize, String)>, Interrupt> {
        if changes.is_empty() {
            return Ok(Vec::new());
        }
        if isolate {
            let written = isolate::write(self.run.job, tx, scope, changes)
                .await
                .map_err(Interrupt::in_writing)?;
            counters.add(&written.counters);
            return Ok(written.refused);
        }
        counters.add(
            &self
                .run
                .job
                .write(tx, scope, changes)
                .await
                .map_err(Interrupt::in_writing)?,
        );
        Ok(Vec::new())
    }

    /// Ends the page: the errors and the checkpoint go with its writes.
    async fn close(&self, mut tx: sqlx::PgTransaction<'_>, progress: &Progress<J>) -> Result<()> {
        let mut totals = self.run.before;
        totals.add(progress.totals);
        if self.run.dry_run {
            // A rollback would never ask the deferred constraints.
            tx.execute("set constraints all immediate")
                .await
                .context("check constraints")?;
            tx.rollback().await.context("roll back the dry run's page")?;
            return Ok(());
        }
        run_log::record_errors(&mut tx, self.run.id, &self.tenant.slug, &self.errors).await?;
        checkpoint::save(&mut tx, self.run.id, self.tenant.id, progress, totals).await?;
        tx.commit().await.context("commit the page")
    }
}
