//! When a run must stop: looked at before each page, with the slowest page so far in mind.

use std::time::Duration;

use tokio::time::Instant;

/// What is kept back for closing the run: its row, its report, its locks.
const MARGIN: Duration = Duration::from_millis(250);

/// The end of a run's time.
#[derive(Debug, Clone)]
pub struct Deadline {
    at: Instant,
    slowest: Duration,
}

impl Deadline {
    pub fn new(at: Instant) -> Self {
        Self {
            at,
            slowest: Duration::ZERO,
        }
    }

    /// Whether another page fits, even one twice as slow as the slowest so far.
    pub fn allows_a_page(&self) -> bool {
        Instant::now() + self.slowest * 2 + MARGIN < self.at
    }

    /// Remembers how long a page took.
    pub fn page_took(&mut self, duration: Duration) {
        self.slowest = self.slowest.max(duration);
    }

    /// How long a statement of the coming page may take: what is left, at least a millisecond, as 0 would
    /// mean for ever.
    pub fn statement_timeout_ms(&self) -> u64 {
        let left = self.at.saturating_duration_since(Instant::now());
        u64::try_from(left.as_millis())
            .unwrap_or(u64::MAX)
            .clamp(1, i32::MAX as u64)
    }

    /// The instant itself.
    pub fn at(&self) -> Instant {
        self.at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_page_must_fit_twice_beside_the_margin() {
        let mut deadline = Deadline::new(Instant::now() + Duration::from_millis(1_000));
        assert!(deadline.allows_a_page());
        deadline.page_took(Duration::from_millis(374));
        deadline.page_took(Duration::from_millis(10));
        assert!(deadline.allows_a_page(), "2 × 374 + 250 is less than 1,000");
        deadline.page_took(Duration::from_millis(375));
        assert!(!deadline.allows_a_page(), "2 × 375 + 250 is not");
    }

    #[tokio::test(start_paused = true)]
    async fn a_statement_always_has_a_limit() {
        let deadline = Deadline::new(Instant::now() + Duration::from_secs(3));
        assert_eq!(deadline.statement_timeout_ms(), 3_000);
        tokio::time::advance(Duration::from_secs(9)).await;
        assert_eq!(deadline.statement_timeout_ms(), 1, "0 would switch the limit off");
    }
}
