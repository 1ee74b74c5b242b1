//! The training app's jobs: how each user trains, and what his week was like.
//!
//! Arithmetic is exact throughout: rules compare integers, fractions and decimals, and round for what is stored and
//! shown only.

mod app;
pub mod behavior_metrics;
mod days;
#[cfg(test)]
mod golden;
mod history;
mod measure;
mod mistake;
#[cfg(test)]
mod testing;
pub mod weekly_report;
