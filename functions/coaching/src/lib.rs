//! The gym's jobs: how committed a member is, how likely he is to leave, and what his coach does about it.

pub mod at_risk_detection;
pub mod coach_actions;
pub mod commitment_scores;
mod gym;
mod level;
mod number;

mod visits;

#[cfg(test)]
mod golden;
