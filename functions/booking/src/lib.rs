//! The shop's jobs: what became of its appointments, who is offered a slot that became free, and how far each
//! customer can be relied on.

pub mod expire_offers;
pub mod recompute_scores;
pub mod resolve_outcomes;

mod mail;
mod shop;

#[cfg(test)]
mod golden;
