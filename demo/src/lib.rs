//! What the demo, the integration tests and the benchmark share: functions run as Lambda runs them, and gyms,
//! shops and distributors to run them on.

mod bare;
pub mod booking;
pub mod coaching;
mod copy;
mod names;
mod random;
pub mod runtime_api;
pub mod sales;
pub mod wire;
pub mod words;

#[cfg(test)]
mod testing;
