//! What a user gets wrong, what to mend first, and why that is said.

use rust_decimal::Decimal;
use serde::Serialize;

use crate::{
    days::{TOLERANCE_MINUTES, Target},
    measure::{Mean, counted},
};

/// What a user gets wrong most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mistake {
    InconsistentTrainingDays,
    OvertrainingSignals,
    VolumeDrop,
    NoProgression21Days,
    SessionsTooShort,
}

/// A sentence that explains a verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    #[serde(rename = "reason_key")]
    pub key: &'static str,
    #[serde(rename = "reason_label")]
    pub label: String,
}

impl Reason {
    pub fn new(key: &'static str, label: impl Into<String>) -> Self {
        Self {
            key,
            label: label.into(),
        }
    }

    pub fn long_gap(days: i64) -> Self {
        Self::new(
            "long_gap",
            format!("{} in a row without training", counted(days, "day")),
        )
    }

    /// Of a change by so many percent.
    pub fn volume_drop(percent: Decimal) -> Self {
        let label = format!("Volume down {:.1}% on the week before", percent.abs());
        Self::new("volume_drop", label)
    }

    pub fn sessions_too_short(average: Mean, target: Target) -> Self {
        let label = format!(
            "Sessions average {:.1} minutes, target {}",
            average.rounded(),
            target.minutes
        );
        Self::new("sessions_too_short", label)
    }

    pub fn irregular_days() -> Self {
        Self::new("inconsistent_training_days", "Training days are irregular")
    }
}

impl Mistake {
    pub const fn key(self) -> &'static str {
        match self {
            Self::InconsistentTrainingDays => "inconsistent_training_days",
            Self::OvertrainingSignals => "overtraining_signals",
            Self::VolumeDrop => "volume_drop",
            Self::NoProgression21Days => "no_progression_21_days",
            Self::SessionsTooShort => "sessions_too_short",
        }
    }

    pub const fn focus_key(self) -> &'static str {
        match self {
            Self::InconsistentTrainingDays => "hit_target_days",
            Self::OvertrainingSignals => "recovery_focus",
            Self::VolumeDrop => "add_extra_set",
            Self::NoProgression21Days => "progression_check",
            Self::SessionsTooShort => "lengthen_sessions",
        }
    }

    /// The focus in words, for whoever has this target.
    pub fn focus_label(self, target: Target) -> String {
        match self {
            Self::InconsistentTrainingDays => "Hit your target workouts this week".into(),
            Self::OvertrainingSignals => "Prioritize recovery and sleep".into(),
            Self::VolumeDrop => "Add 1 extra set per exercise".into(),
            Self::NoProgression21Days => "Try adding weight or reps on your main lifts".into(),
            Self::SessionsTooShort => {
                let minutes = (target.minutes - TOLERANCE_MINUTES).max(15);
                format!("Aim for at least {minutes} minutes per session")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_asked_for_less_than_a_quarter_of_an_hour() {
        let label = |minutes| Mistake::SessionsTooShort.focus_label(Target { days: 3, minutes });
        assert_eq!(
            [16, 30, 45].map(label),
            [15, 15, 30].map(|minutes| format!("Aim for at least {minutes} minutes per session"))
        );
    }
}
