//! `deliver-messages`: sends what waits in the outbox.
//!
//! A message is claimed in one transaction, sent with none open, and what became of it is written down in another. A claim
//! lasts longer than anything that is done about it, so a message is in one hand at a time; if that hand dies, the claim ends, and another takes it
//! up under the same id. Between sending and writing down is the one window in which a message goes out twice.

mod channels;
mod claim;
mod outbox;
mod pace;
mod settle;

use std::sync::Arc;

use shared::{
    config::{ConfigError, Variables},
    job::Tenant,
    program::{EVERY_PRODUCT, Program},
    run::{Run, Stop, Watch},
};

use channels::Environment;
use outbox::Outbox;

/// The program.
pub struct DeliverMessages {
    environment: Environment,
}

shared::counters! {
    pub struct Counters {
        /// Messages that a receiver has taken.
        sent: u64,
        /// Messages that are tried again.
        retried: u64,
        /// Messages that were given up.
        failed: u64,
        /// Messages whose time was over before they were sent.
        expired: u64,
        /// Messages to addresses that must not be written to.
        suppressed: u64,
        /// Messages that wait because their channel's server cannot be reached or refuses the login. It is no attempt.
        closed: u64,
        /// Messages that a dry run would try.
        due: u64,
        endpoints_disabled: u64,
        /// Whether there may be more: the run had to end, by its time or its limit.
        more: bool,
    }
}

impl DeliverMessages {
    /// Takes from the environment what channels are made of.
    ///
    /// # Errors
    /// None today: a channel that cannot be set up is an error of each run, and costs the others nothing.
    pub fn from_variables(variables: &Variables<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            environment: Environment::of(variables),
        })
    }
}

impl Program for DeliverMessages {
    const NAME: &'static str = "deliver-messages";
    const PRODUCT: &'static str = EVERY_PRODUCT;
    const LOCK_ID: i32 = 482_251;

    type Counters = Counters;

    async fn work(
        &self,
        run: &mut Run<'_, Self>,
        tenants: &[Tenant],
        _watch: &mut impl Watch,
    ) -> Result<(), Stop> {
        let only = run.request.tenant.as_ref().and_then(|_| tenants.first());
        let only = only.map(|tenant| tenant.id);
        let channels = Arc::new(self.environment.channels(run).await?);
        if run.request.dry_run {
            outbox::show(run, &channels, only).await?;
        } else {
            let emptied = Box::pin(Outbox::new(run, Arc::clone(&channels), only).empty()).await;
            channels.close().await;
            emptied?;
        }
        run.tenants.processed = run.tenants.total;
        Ok(())
    }
}

/// Runs the binary.
pub fn main() -> std::process::ExitCode {
    shared::main(DeliverMessages::from_variables)
}

#[cfg(test)]
mod tests;
