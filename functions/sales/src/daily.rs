//! `daily`: the four jobs by one request, each after those whose results it reads. What each of them does, and that it
//! does it once, is its own run's; here is only the order.

use shared::{
    config::{ConfigError, Variables},
    sequence::{Each, Sequence},
};

use crate::{
    calculate_burn_rates::CalculateBurnRates, process_triggers::ProcessTriggers,
    sample_metrics::SampleMetrics, update_account_types::UpdateAccountTypes,
};

/// The four jobs in their order.
pub struct Daily {
    process_triggers: ProcessTriggers,
}

impl Daily {
    /// The jobs, of which `process-triggers` alone has a variable of its own.
    ///
    /// # Errors
    /// As [`ProcessTriggers::from_variables`].
    pub fn from_variables(variables: &Variables<'_>) -> Result<Self, ConfigError> {
        let process_triggers = ProcessTriggers::from_variables(variables)?;
        Ok(Self { process_triggers })
    }
}

impl Sequence for Daily {
    const NAME: &'static str = "daily";

    async fn each<E: Each>(&self, doing: &mut E) -> Result<(), E::Stop> {
        doing.job(&UpdateAccountTypes).await?;
        // Segments are account types.
        doing.job(&SampleMetrics).await?;
        doing.job(&CalculateBurnRates).await?;
        // Triggers look at all three.
        doing.job(&self.process_triggers).await
    }
}
