//! What the demo, the integration tests and the benchmark share: functions run as Lambda runs them, and gyms,
//! shops, distributors and training apps to run them on.

mod bare;
pub mod booking;
pub mod coaching;
mod copy;
mod names;
mod random;
pub mod runtime_api;
pub mod sales;
pub mod training;
pub mod wire;
pub mod words;

#[cfg(test)]
mod testing;
