//! Finds what samples led to, and sums it up by category, rep, segment and product.
//!
//! A tenant's metrics need all its samples, so what each led to is kept until the last page, and the metrics are
//! written with that.

mod credit;
mod measure;
mod memory;
mod metric;
mod read;
mod sample;

use std::sync::{Mutex, MutexGuard};

use anyhow::{Context, Result, anyhow};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use shared::{
    job::{Batch, Decision, Diff, Job, Limited, Reason, Scope, Tenant},
    sql::column,
};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::distributor::{Distributor, is_stale};
use measure::{Fact, WINDOWS};
use memory::Memory;
use metric::Metrics;
use sample::{Flag, Order, Sample};

/// The longest window.
const COHORT_DAYS: u8 = WINDOWS[2];

/// The job.
pub struct SampleMetrics;

/// A distributor at the run's clock, and what its samples led to as far as they are read.
pub struct Settings {
    distributor: Distributor,
    /// The first instants of the cohort's dates and of those within which its samples may convert.
    starts: Vec<DateTime<Utc>>,
    memory: Mutex<Memory>,
}

/// A place in the order of samples: the tastings first, then the lines, each by its instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Place {
    Usage(DateTime<Utc>, Uuid),
    Line(DateTime<Utc>, Uuid),
}

/// What a sample led to, and whether it is to say so itself.
pub struct Change {
    fact: Fact,
    needs_flag: bool,
    first_order: Option<Order>,
}

shared::counters! {
    pub struct Counters {
        samples: u64,
        conversions: u64,
        /// Tastings whose flag was set or moved to another order.
        samples_flagged: u64,
        samples_unflagged: u64,
        /// Of both metric tables, inserted or changed.
        rows_written: u64,
        rows_unchanged: u64,
        rows_deleted: u64,
        /// Tenants whose metrics were not written, because a limit left some of their samples.
        metrics_withheld: u64,
        /// Whether the account types of any distributor were too old to go by.
        stale: bool,
    }
}

impl Job for SampleMetrics {
    const NAME: &'static str = "sample-metrics";
    const PRODUCT: &'static str = "sales";
    const LOCK_ID: i32 = 482_222;
    const RESUMES: bool = false;

    type Settings = Settings;
    type Cursor = Place;
    type Row = Sample;
    type Change = Change;
    type Counters = Counters;

    fn limited(limited: Limited) -> Counters {
        Counters {
            metrics_withheld: (limited == Limited::TenantHasMore).into(),
            ..Counters::default()
        }
    }

    async fn settings(
        &self,
        tx: &mut PgConnection,
        as_of: DateTime<Utc>,
        tenant: &Tenant,
    ) -> Result<Settings> {
        let distributor = Distributor::read(tx, as_of, tenant).await?;
        let attribution = usize::try_from(distributor.setting.sample_attribution_days)?;
        // The last sample's time ends with the start of a date.
        let dates = usize::from(COHORT_DAYS) + attribution + 1;
        Ok(Settings {
            starts: distributor.starts_of(distributor.days_ago(COHORT_DAYS.into()), dates),
            distributor,
            memory: Mutex::default(),
        })
    }

    async fn once(&self, tx: &mut PgConnection, scope: &Scope<Settings>) -> Result<Counters> {
        Ok(Counters {
            stale: is_stale(tx, scope, &["update-account-types"]).await?,
            ..Counters::default()
        })
    }

    async fn read(
        &self,
        tx: &mut PgConnection,
        scope: &Scope<Settings>,
        after: Option<&Place>,
        limit: i64,
    ) -> Result<Batch<Self>> {
        let settings = &scope.settings;
        // A page that is done again forgets what it had found.
        settings.memory()?.forget(|place| Some(place) > after);
        // One more than asked for, to know whether there is one.
        let mut rows = settings.samples(tx, scope, after.copied(), limit + 1).await?;
        let has_more = rows.len() > usize::try_from(limit)?;
        rows.truncate(usize::try_from(limit)?);
        Ok(Batch {
            next: rows.last().filter(|_| has_more).map(|row| row.place),
            counted: Counters {
                samples: rows.len() as u64,
                ..Counters::default()
            },
            rows,
        })
    }

    fn subject(row: &Sample) -> String {
        format!("sample:{}", row.place.id())
    }

    fn decide(scope: &Scope<Settings>, row: &Sample) -> Result<Decision<Change, Counters>, Reason> {
        let fact = row.fact(&scope.settings.distributor)?;
        let counted = Counters {
            conversions: fact.is_converted.into(),
            ..Counters::default()
        };
        let change = Some(Change {
            fact,
            needs_flag: row.needs_flag(),
            first_order: row.first_order,
        });
        Ok(Decision { change, counted })
    }

    async fn write(
        &self,
        tx: &mut PgConnection,
        scope: &Scope<Settings>,
        changes: &[Change],
    ) -> Result<Counters> {
        scope
            .settings
            .memory()?
            .remember(changes.iter().map(|change| &change.fact));
        let flags: Vec<&Change> = changes.iter().filter(|change| change.needs_flag).collect();
        if flags.is_empty() {
            return Ok(Counters::default());
        }
        let written = sqlx::query_file!(
            "sql/sample-metrics/write.sql",
            scope.tenant.id,
            &column(&flags, |change| change.fact.place.id()),
            &column(&flags, |change| change.first_order.map(|order| order.id)) as &[Option<Uuid>],
            &column(&flags, |change| change.first_order.map(|order| order.ordered_at))
                as &[Option<DateTime<Utc>>]
        )
        .fetch_one(tx)
        .await
        .context("write the flags")?;
        Ok(Counters {
            samples_flagged: written.flagged.try_into()?,
            samples_unflagged: written.unflagged.try_into()?,
            ..Counters::default()
        })
    }

    async fn refused(
        &self,
        _tx: &mut PgConnection,
        scope: &Scope<Settings>,
        change: &Change,
        _why: &str,
    ) -> Result<()> {
        scope
            .settings
            .memory()?
            .forget(|place| place >= &change.fact.place);
        Ok(())
    }

    async fn close(&self, tx: &mut PgConnection, scope: &Scope<Settings>) -> Result<Counters> {
        let metrics = Metrics::of(scope.settings.memory()?.facts());
        metrics.write(tx, scope).await
    }

    fn diff(row: &Sample, change: &Change) -> Diff {
        let after = match change.needs_flag {
            true => Flag::of(change.first_order),
            false => row.flag,
        };
        Diff {
            before: row.flag.shown(),
            after: after.shown(),
        }
    }
}

impl Settings {
    fn memory(&self) -> Result<MutexGuard<'_, Memory>> {
        self.memory.lock().map_err(|_| anyhow!("a page panicked"))
    }
}

impl Place {
    fn sampled_at(self) -> DateTime<Utc> {
        let (Self::Usage(at, _) | Self::Line(at, _)) = self;
        at
    }

    fn id(self) -> Uuid {
        let (Self::Usage(_, id) | Self::Line(_, id)) = self;
        id
    }

    fn is_usage(self) -> bool {
        matches!(self, Self::Usage(..))
    }
}

#[cfg(test)]
mod tests;
