//! What becomes of the rows of output tables.

use anyhow::{Context, Result};

/// How many rows were written, and how many stood already as they are to be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rows {
    /// Inserted, changed or deleted.
    pub written: u64,
    pub unchanged: u64,
}

impl Rows {
    /// Of `all` rows that are to be so many were inserted or changed; others were deleted.
    ///
    /// # Errors
    /// When these are no such counts.
    pub fn of(all: usize, written: i64, deleted: i64) -> Result<Self> {
        let (written, deleted) = (u64::try_from(written)?, u64::try_from(deleted)?);
        let unchanged = (all as u64).checked_sub(written);
        Ok(Self {
            written: written + deleted,
            unchanged: unchanged.context("more rows were written than were to be")?,
        })
    }

    pub fn add(&mut self, other: Self) {
        self.written += other.written;
        self.unchanged += other.unchanged;
    }
}
