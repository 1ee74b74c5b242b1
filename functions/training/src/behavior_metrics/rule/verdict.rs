//! What a user gets wrong, and why that is said.

use super::Level;
use crate::{
    days::Target,
    measure::{Change, Mean},
    mistake::{Mistake, Reason},
};

/// A fall of volume by so many percent is a mistake, and by more than so many worth a word.
const DROP_PERCENT: i64 = 25;
const NOTABLE_PERCENT: i64 = -20;

/// What mistake and reasons are told from.
pub struct Verdict {
    pub target: Target,
    pub of_days: i64,
    pub days_last_14: i64,
    pub expected: i64,
    pub gap: i64,
    pub has_long_gap: bool,
    pub volume: Change,
    pub average: Option<Mean>,
    pub burnout: Level,
    pub has_stalled: bool,
}

impl Verdict {
    /// The first that fits.
    pub fn mistake(&self) -> Option<Mistake> {
        let fits = |mistake: &Mistake| match mistake {
            Mistake::InconsistentTrainingDays => {
                self.days_last_14 < (self.expected - 1).max(0) || self.has_long_gap
            }
            Mistake::OvertrainingSignals => self.burnout == Level::High,
            Mistake::VolumeDrop => self.volume.fell_by(DROP_PERCENT),
            Mistake::NoProgression21Days => self.has_stalled,
            Mistake::SessionsTooShort => self.short_sessions().is_some(),
        };
        [
            Mistake::InconsistentTrainingDays,
            Mistake::OvertrainingSignals,
            Mistake::VolumeDrop,
            Mistake::NoProgression21Days,
            Mistake::SessionsTooShort,
        ]
        .into_iter()
        .find(fits)
    }

    fn short_sessions(&self) -> Option<Mean> {
        let least = self.target.least_minutes()?;
        self.average.filter(|average| average.is_below(least))
    }

    pub fn reasons(&self, mistake: Option<Mistake>) -> Vec<Reason> {
        let Self {
            days_last_14,
            expected,
            of_days,
            ..
        } = self;
        let mut reasons = Vec::new();
        if days_last_14 < expected {
            let label = format!("{days_last_14} of {expected} training days in {of_days} days");
            reasons.push(Reason::new("missed_target", label));
        }
        if self.has_long_gap {
            reasons.push(Reason::long_gap(self.gap));
        }
        if self.volume.is_below(NOTABLE_PERCENT)
            && let Some(percent) = self.volume.percent()
        {
            reasons.push(Reason::volume_drop(percent));
        }
        if let Some(average) = self.short_sessions() {
            reasons.push(Reason::sessions_too_short(average, self.target));
        }
        if mistake == Some(Mistake::InconsistentTrainingDays) {
            reasons.push(Reason::irregular_days());
        }
        if self.burnout == Level::High {
            let label = format!("{days_last_14} training days in 14 days leave little recovery");
            reasons.push(Reason::new("overtraining_signals", label));
        }
        if self.has_stalled {
            let label = "No progress on the main lifts for 21 days";
            reasons.push(Reason::new("no_progression_21_days", label));
        }
        reasons
    }
}
