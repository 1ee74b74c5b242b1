//! How a job runs safely. Not one word of a business stands in here.
//!
//! Data flows one way: event → [`request`] → [`run`] (lock, fence, deadline) → tenant → page (read, decide,
//! write, checkpoint: one transaction) → [`report`] → [`telemetry`].

// `counters!` names this crate by its name, here too.
extern crate self as shared;

pub mod calendar;
mod checkpoint;
mod cli;
pub mod clock;
pub mod config;
pub mod db;
mod deadline;
mod entry;
pub mod fault;
mod isolate;
pub mod job;
mod lambda;
mod lease;
mod lock;
mod once;
mod page;
mod pages;
pub mod program;
pub mod report;
pub mod request;
pub mod run;
mod run_log;
pub mod schema;
mod secrets;
pub mod sequence;
pub mod sql;
pub mod telemetry;
#[cfg(feature = "testing")]
pub mod testing;

pub use entry::{main, main_in_order, on_lambda};
/// What [`counters!`] derives with.
pub use serde;
