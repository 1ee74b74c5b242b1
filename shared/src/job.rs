//! What a job is: three verbs (read, decide, write) and the types that pass between them.
//!
//! The loop in [`crate::run`] owns everything else: pages, transactions, the fence, isolation of bad
//! subjects, the deadline, checkpoints, dry runs, counting and reporting. A job cannot forget one.

use std::future::Future;

use anyhow::Result;
use chrono::{DateTime, Utc};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

/// A tenant as the platform lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    pub id: Uuid,
    pub slug: String,
    pub name: String,
    /// As stored; [`crate::calendar::zone`] reads it.
    pub time_zone: String,
}

/// What every verb may know beside the subject: whose data it is, the run's clock, the tenant's settings.
#[derive(Debug, Clone)]
pub struct Scope<S> {
    pub tenant: Tenant,
    pub settings: S,
    /// The run's clock. No rule reads any other.
    pub as_of: DateTime<Utc>,
    pub run_id: Uuid,
    /// At most so many of the tenant's subjects, or of each step of its work, are taken; where a run that has a limit is resumed it is the same. None: all.
    pub limit: Option<u64>,
}

/// The outcome of a rule for one subject: what it counts as, and what is to be written if anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision<Change, Counters> {
    pub change: Option<Change>,
    /// What this subject adds to the run's counters, provided that it does not fail in writing.
    pub counted: Counters,
}

/// Why a rule could not decide about a subject: a sentence for the report. It names no person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason(pub String);

impl<T: Into<String>> From<T> for Reason {
    fn from(sentence: T) -> Self {
        Self(sentence.into())
    }
}

/// A change as an operator reads it in a dry run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diff {
    pub before: Value,
    pub after: Value,
}

/// The subjects of a page, in the order of pages, and where the page after it begins.
pub struct Batch<J: Job> {
    pub rows: Vec<J::Row>,
    /// The place after which the next page begins. None: this page is the tenant's last.
    pub next: Option<J::Cursor>,
    /// What reading alone counts. It stands whatever becomes of the subjects.
    pub counted: J::Counters,
}

impl<J: Job> Batch<J> {
    /// What was read up to `limit` rows: fewer than that, and there are no more.
    pub fn of(rows: Vec<J::Row>, limit: i64, place: impl Fn(&J::Row) -> J::Cursor) -> Self {
        let is_full = usize::try_from(limit).is_ok_and(|limit| rows.len() >= limit);
        Self {
            next: rows.last().filter(|_| is_full).map(place),
            rows,
            counted: J::Counters::default(),
        }
    }
}

/// What a request's `limit` counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// The subjects of the whole run. Without a limit all are taken.
    OfRun,
    /// The subjects of each tenant: `default` of them without a limit, and `most` at most.
    OfTenant { default: u64, most: u64 },
    /// The subjects of each step of a tenant's work. The job knows its steps, so it keeps to the limit itself.
    OfStep,
    /// Nothing: a job for which half of the subjects is as good as none, by its name, refuses a limit.
    Unsupported(&'static str),
}

impl Limit {
    /// What to tell whoever gave a limit that is none.
    pub fn refusal(self) -> String {
        match self {
            Self::OfRun | Self::OfStep => "limit must be an integer of at least 1".into(),
            Self::OfTenant { most, .. } => format!("limit must be an integer from 1 to {most}"),
            Self::Unsupported(job) => format!("limit is not supported by {job}"),
        }
    }

    /// A limit that was given, if the job can have it.
    pub fn taken(self, given: Option<u64>) -> Option<u64> {
        given.filter(|limit| *limit >= 1 && !matches!(self, Self::Unsupported(_)))
    }
}

/// What a limit does, for the job to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limited {
    /// A run begins with so many subjects for each tenant; `clamped`: the request asked for more than the most.
    InForce { limit: u64, clamped: bool },
    /// The limit, whatever it counts, left subjects of a tenant to another run.
    TenantHasMore,
}

/// A piece of scheduled work.
///
/// One page is one transaction: `read` (and, in a tenant's first page, `settings` and `once` before it),
/// `decide` for each row, `write` for all changes together, and in a tenant's last page `close`. When `write`
/// meets a bad record the page is done again in halves, so `write` takes slices of any length, and n slices of
/// one must give what one slice of n gives.
///
/// What later pages must know of earlier ones, in a dry run too, stands in the settings behind a mutex. `write` puts
/// it there in the order of subjects, and begins by taking back what stands there of its first subject and of those
/// after it: that was an attempt that did not come through.
pub trait Job: Sized + Send + Sync + 'static {
    /// The one name of the job: binary, function, log field, documentation.
    const NAME: &'static str;
    /// Whose tenants it processes, as in `platform.tenant.product`.
    const PRODUCT: &'static str;
    /// The advisory lock that keeps two runs of it apart.
    const LOCK_ID: i32;
    /// Whether a resumed run goes on with a tenant where it stopped. A job whose `close` sums up what it
    /// remembers of all the tenant's subjects says no, and begins an unfinished tenant again.
    const RESUMES: bool = true;
    /// Whether `once` is due also for the tenants of whom a limit leaves nobody.
    const ONCE_BEHIND_LIMIT: bool = false;
    /// Whether the job has work that is due once a run: [`Job::once_a_run`].
    const ONCE_A_RUN: bool = false;

    /// The tenant's tunables, read once a tenant.
    type Settings: Send + Sync;
    /// What pages are ordered by: unique and indexed.
    type Cursor: Serialize + DeserializeOwned + Clone + Send + Sync;
    /// What the rule must know of one subject.
    type Row: Send + Sync;
    /// What is to be written for one subject.
    type Change: Send + Sync;
    /// Every number that the report names.
    type Counters: Counters;

    /// What a request's `limit` counts in this job.
    fn limit(&self) -> Limit {
        Limit::OfRun
    }

    /// Counts what a limit does.
    fn limited(_: Limited) -> Self::Counters {
        Self::Counters::default()
    }

    /// Reads the tenant's tunables. An error made with [`crate::fault::tenant`] fails this tenant alone.
    fn settings(
        &self,
        tx: &mut PgConnection,
        as_of: DateTime<Utc>,
        tenant: &Tenant,
    ) -> impl Future<Output = Result<Self::Settings>> + Send;

    /// Does the work that is due once a tenant, in the transaction of its first page, before it is read.
    fn once(
        &self,
        _tx: &mut PgConnection,
        _scope: &Scope<Self::Settings>,
    ) -> impl Future<Output = Result<Self::Counters>> + Send {
        async { Ok(Self::Counters::default()) }
    }

    /// Reads at most `limit` subjects after the cursor, in the cursor's order, and says whether more may follow.
    /// An interrupted page is read again, in another transaction.
    fn read(
        &self,
        tx: &mut PgConnection,
        scope: &Scope<Self::Settings>,
        after: Option<&Self::Cursor>,
        limit: i64,
    ) -> impl Future<Output = Result<Batch<Self>>> + Send;

    /// The subject's name in reports and logs, `kind:id`.
    fn subject(row: &Self::Row) -> String;

    /// The rule: pure, without clock, SQL or logging.
    fn decide(
        scope: &Scope<Self::Settings>,
        row: &Self::Row,
    ) -> Result<Decision<Self::Change, Self::Counters>, Reason>;

    /// Makes the changes so, by bulk statements, and returns what only the database could count.
    fn write(
        &self,
        tx: &mut PgConnection,
        scope: &Scope<Self::Settings>,
        changes: &[Self::Change],
    ) -> impl Future<Output = Result<Self::Counters>> + Send;

    /// Notes that the database refused a change, `why` being a sentence for people: after the slices before it, and
    /// under a savepoint of its own, so that a note that is refused as well costs nothing else.
    fn refused(
        &self,
        _tx: &mut PgConnection,
        _scope: &Scope<Self::Settings>,
        _change: &Self::Change,
        _why: &str,
    ) -> impl Future<Output = Result<()>> + Send {
        async { Ok(()) }
    }

    /// What a change that the database refused adds to the run's counters.
    fn refusal() -> Self::Counters {
        Self::Counters::default()
    }

    /// Does the work that is due once a tenant when all its subjects are done, in the transaction of its last page.
    /// It is not called where a limit left some to another run.
    fn close(
        &self,
        _tx: &mut PgConnection,
        _scope: &Scope<Self::Settings>,
    ) -> impl Future<Output = Result<Self::Counters>> + Send {
        async { Ok(Self::Counters::default()) }
    }

    /// Does the work that is due once a run of all tenants and is no tenant's, also where there is none: when they are
    /// done, in a transaction of its own without a tenant. If it fails, the run does; what was done for tenants stays.
    fn once_a_run(
        &self,
        _tx: &mut PgConnection,
        _as_of: DateTime<Utc>,
    ) -> impl Future<Output = Result<Self::Counters>> + Send {
        async { Ok(Self::Counters::default()) }
    }

    /// What a dry run shows for a change.
    fn diff(row: &Self::Row, change: &Self::Change) -> Diff;
}

/// The numbers of a job's report: all of them always present, added up over subjects, pages and tenants.
pub trait Counters: Default + Clone + Serialize + DeserializeOwned + Send + Sync {
    fn add(&mut self, other: &Self);
}

/// How one counter joins another. Numbers are added; a flag stays up once it is up.
pub trait Tally {
    fn join(&mut self, other: &Self);
}

impl Tally for u64 {
    fn join(&mut self, other: &Self) {
        *self += other;
    }
}

impl Tally for bool {
    fn join(&mut self, other: &Self) {
        *self |= other;
    }
}

/// Declares a job's counters: a plain struct, camelCase in JSON, with [`Counters`] implemented.
#[macro_export]
macro_rules! counters {
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[$field_meta:meta])* $field:ident: $kind:ty),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Default, PartialEq, Eq, $crate::serde::Serialize, $crate::serde::Deserialize)]
        #[serde(crate = "shared::serde", rename_all = "camelCase", default)]
        pub struct $name { $($(#[$field_meta])* pub $field: $kind),+ }

        impl $crate::job::Counters for $name {
            fn add(&mut self, other: &Self) {
                $($crate::job::Tally::join(&mut self.$field, &other.$field);)+
            }
        }
    };
}
