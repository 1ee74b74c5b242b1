//! What a run does, whichever way it does it.

use std::future::Future;

use crate::{
    job::{Counters, Limit, Limited, Tenant},
    run::{Run, Stop, Watch},
};

/// The product of a program that works for the tenants of all products.
pub const EVERY_PRODUCT: &str = "*";

/// A program that is run: on a schedule or by hand, one run at a time, with a row for each run and a report.
///
/// A [`crate::job::Job`] is one, and does its work in pages. What is not done in pages (because it speaks with others than
/// the database, or is no tenant's) is a program that does its work its own way. It then answers itself for what
/// pages give a job: transactions that are guarded ([`Run::begin`]) and never open while it waits for anybody else,
/// what is done twice, and the deadline.
pub trait Program: Sized + Send + Sync + 'static {
    /// The one name of it: binary, function, log field, documentation.
    const NAME: &'static str;
    /// Whose tenants it processes, as in `platform.tenant.product`, or [`EVERY_PRODUCT`].
    const PRODUCT: &'static str;
    /// The advisory lock that keeps two runs of it apart.
    const LOCK_ID: i32;

    /// Every number that the report names.
    type Counters: Counters;

    /// What a request's `limit` counts.
    fn limit(&self) -> Limit {
        Limit::OfRun
    }

    /// Counts what a limit does.
    fn limited(_: Limited) -> Self::Counters {
        Self::Counters::default()
    }

    /// Does the run's work for these tenants, and keeps account of it in the run.
    ///
    /// # Errors
    /// Why it stops before its end.
    fn work(
        &self,
        run: &mut Run<'_, Self>,
        tenants: &[Tenant],
        watch: &mut impl Watch,
    ) -> impl Future<Output = Result<(), Stop>> + Send;
}
