//! The productivity dashboard's jobs: six that remind people of what they set out to do, five that measure how they
//! work, and one that cleans up.

pub mod break_reminders;
pub mod company;
#[cfg(test)]
mod crowd;
pub mod data_cleanup;
mod goal;
pub mod goal_deadlines;
#[cfg(test)]
mod golden;
pub mod monthly_insights;
pub mod performance_metrics;
mod rate;
pub mod reminder;
mod rows;
pub mod weekly_aggregation;
mod words;
