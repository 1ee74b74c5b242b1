//! The productivity dashboard's jobs: six that remind people of what they set out to do, five that measure how they
//! work, and one that cleans up.

pub mod anomaly;
pub mod break_reminders;
pub mod company;
#[cfg(test)]
mod crowd;
pub mod daily_analytics;
pub mod daily_check;
pub mod data_cleanup;
mod goal;
pub mod goal_deadlines;
#[cfg(test)]
mod golden;
pub mod inactive_users;
pub mod monthly_insights;
pub mod monthly_report;
pub mod performance_metrics;
mod plan;
mod rate;
pub mod reminder;
mod rows;
pub mod user_behavior;
pub mod weekly_aggregation;
pub mod weekly_review;
mod words;
