//! The one place where the time of day is read. A run gets its clock from its request; only what
//! starts a run, or measures it, asks here.

use chrono::{DateTime, Utc};

/// The present instant.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the system's clock"
)]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}
