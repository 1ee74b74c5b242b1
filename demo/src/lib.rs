//! What the demo, the integration tests and the benchmark share: functions run as Lambda runs them, and gyms to
//! run them on.

pub mod coaching;
pub mod runtime_api;
pub mod wire;
pub mod words;
