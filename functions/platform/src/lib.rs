//! The platform's own functions: those that serve no single product.

pub mod migrate;
