//! What the demo, the integration tests and the benchmark share: functions run as Lambda runs them, and gyms and
//! shops to run them on.

mod bare;
pub mod booking;
pub mod coaching;
mod copy;
mod names;
mod random;
pub mod runtime_api;
pub mod wire;
pub mod words;

#[cfg(test)]
mod testing;
