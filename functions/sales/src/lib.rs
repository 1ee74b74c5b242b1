//! The distributor's jobs: which customers buy how much and how lately, what samples led to, how fast products and
//! customers need new stock, and what is to be done about all that.

pub mod calculate_burn_rates;
pub mod daily;
mod distributor;
#[cfg(test)]
mod golden;
pub mod process_triggers;
pub mod sample_metrics;
pub mod update_account_types;
