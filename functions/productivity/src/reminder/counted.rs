//! What all reminder jobs count.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use shared::job::Counters;

shared::counters! {
    /// One person may count in several of those that tell what became of his notices and his e-mail.
    #[derive(Copy)]
    pub struct Common {
        candidates: u64,
        /// There was something to say.
        eligible: u64,
        queued_email: u64,
        queued_push: u64,
        queued_in_app: u64,
        skipped_pref: u64,
        skipped_suppressed: u64,
        skipped_cap: u64,
        skipped_quiet: u64,
        /// E-mails that wait for the end of quiet hours.
        deferred_quiet: u64,
        skipped_duplicate: u64,
        skipped_no_content: u64,
        timezone_fallbacks: u64,
    }
}

/// What a reminder job counts: as all of them do, and its own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound = "Own: Serialize + DeserializeOwned")]
pub struct Counted<Own> {
    #[serde(flatten)]
    pub common: Common,
    #[serde(flatten)]
    pub own: Own,
}

impl<Own: Counters> Counted<Own> {
    pub fn common(common: Common) -> Self {
        Self {
            common,
            own: Own::default(),
        }
    }

    pub fn own(own: Own) -> Self {
        Self {
            common: Common::default(),
            own,
        }
    }

    /// Of somebody to whom there is nothing to say.
    pub fn no_content() -> Self {
        Self::common(Common {
            skipped_no_content: 1,
            ..Common::default()
        })
    }
}

impl<Own: Counters> Counters for Counted<Own> {
    fn add(&mut self, other: &Self) {
        self.common.add(&other.common);
        self.own.add(&other.own);
    }
}
