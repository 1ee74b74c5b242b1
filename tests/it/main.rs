//! What no single job can show, in one test binary.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on panics, in its helpers too"
)]

mod booking;
mod catalogue;
mod command;
mod cost;
mod daily;
mod delivery;
mod deployed;
mod docs;
mod faults;
mod lambda;
mod log;
mod messages;
mod migrate;
mod productivity;
mod resume;
mod roles;
mod sales;
mod secrets;
mod shops;
mod stage;
mod tls;
mod training;
mod vault;
mod watchdog;
