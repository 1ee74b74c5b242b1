//! What the demo, the integration tests and the benchmark share: functions run as Lambda runs them, and gyms,
//! shops, distributors, training apps and companies to run them on.

mod bare;
pub mod booking;
mod clock;
pub mod coaching;
mod copy;
mod names;
pub mod productivity;
mod random;
pub mod receivers;
pub mod runtime_api;
pub mod sales;
pub mod training;
pub mod wire;
pub mod words;
mod zones;

#[cfg(test)]
mod testing;
