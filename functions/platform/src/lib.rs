//! The platform's own functions: those that serve no single product.

pub mod deliver_messages;
pub mod delivery;
pub mod migrate;
pub mod watchdog;
