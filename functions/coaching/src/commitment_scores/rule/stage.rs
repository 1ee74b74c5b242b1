//! Where a member stands on the way from joining to leaving.

use super::Visited;
use super::flags::Flag;
use crate::at_risk_detection::rule::Risk;
use crate::visits::{Facts, MONTH_DAYS};

/// The stage of an active member. A member who is no longer active is in [`WIN_BACK_WINDOW`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    OnboardingVulnerability,
    HabitFormation,
    MomentumIdentity,
    PlateauBoredomRisk,
    EmotionalDisengagement,
    AtRiskSilentQuit,
}

/// The stage of a member who has left and may be won back.
pub const WIN_BACK_WINDOW: &str = "win_back_window";

impl Stage {
    /// The stage as the database spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OnboardingVulnerability => "onboarding_vulnerability",
            Self::HabitFormation => "habit_formation",
            Self::MomentumIdentity => "momentum_identity",
            Self::PlateauBoredomRisk => "plateau_boredom_risk",
            Self::EmotionalDisengagement => "emotional_disengagement",
            Self::AtRiskSilentQuit => "at_risk_silent_quit",
        }
    }
}

/// The stage of a member: the first that fits. The thresholds are those of the domain's table of stages:
/// `t` and `d` in days, velocities in tenths of a visit a week, scores and risk in points.
pub(super) fn stage(
    facts: &Facts,
    visited: Option<&Visited>,
    score: Option<i32>,
    risk: &Risk,
    flags: &[Flag],
) -> Stage {
    let t = facts.t;
    let (Some(visited), Some(score)) = (visited, score) else {
        return if t < MONTH_DAYS {
            Stage::OnboardingVulnerability
        } else {
            Stage::AtRiskSilentQuit
        };
    };
    let d = visited.d;
    let velocity = visited.factors.velocity_tenths();
    let has = |flag: Flag| flags.contains(&flag);

    let gone = risk.score >= 60
        || d >= 30
        || has(Flag::NoRecentVisits) && has(Flag::LargeGap)
        || has(Flag::RapidDecline) && has(Flag::DecliningFrequency);
    let slipping = has(Flag::RapidDecline) || has(Flag::DecliningFrequency);

    if gone {
        Stage::AtRiskSilentQuit
    } else if slipping && score < 45 && d >= 14 {
        Stage::EmotionalDisengagement
    } else if t >= 90 && velocity < -3 && (40..65).contains(&score) {
        Stage::PlateauBoredomRisk
    } else if t >= 60 && score >= 65 && facts.n1 >= 4 {
        Stage::MomentumIdentity
    } else if (14..90).contains(&t) && score >= 40 {
        Stage::HabitFormation
    } else if t < 30 {
        Stage::OnboardingVulnerability
    } else if score >= 50 {
        Stage::HabitFormation
    } else if d >= 21 {
        Stage::AtRiskSilentQuit
    } else if score < 40 && d >= 7 {
        Stage::EmotionalDisengagement
    } else {
        Stage::HabitFormation
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Commitment, Factors};
    use super::*;
    use crate::at_risk_detection::rule::Risk;
    use crate::level::Level;
    use crate::visits::samples::{any_facts, facts};

    /// An established member to whom no line of the table applies but the last; each test bends some of it.
    #[derive(Clone)]
    struct Case {
        t: i32,
        d: i32,
        score: i32,
        risk: i32,
        n1: i32,
        /// Five times the velocity is about this; it is twice the change of visits a month.
        twice_change: i32,
        flags: Vec<Flag>,
    }

    const NOTHING_SPECIAL: Case = Case {
        t: 200,
        d: 3,
        score: 45,
        risk: 0,
        n1: 2,
        twice_change: 0,
        flags: vec![],
    };

    fn stage_of(case: Case) -> Stage {
        let facts = Facts {
            n1: case.n1,
            d: Some(case.d),
            ..facts(case.t, &[])
        };
        let factors = Factors {
            twice_change: case.twice_change,
            ..Factors::of(&facts, case.d, 2)
        };
        let risk = Risk {
            score: case.risk,
            level: Level::of(case.risk),
            ..Risk::of(&facts)
        };
        stage(
            &facts,
            Some(&Visited { d: case.d, factors }),
            Some(case.score),
            &risk,
            &case.flags,
        )
    }

    #[test]
    fn who_never_came_is_onboarding_for_a_month_and_then_at_risk() {
        let of = |t, score| stage(&facts(t, &[]), None, score, &Risk::of(&facts(t, &[])), &[]);
        assert_eq!(of(0, None), Stage::OnboardingVulnerability);
        assert_eq!(of(29, Some(0)), Stage::OnboardingVulnerability);
        assert_eq!(of(30, Some(0)), Stage::AtRiskSilentQuit);
    }

    #[test]
    fn risk_absence_or_two_flags_together_mean_a_silent_quit() {
        use Flag::{DecliningFrequency, LargeGap, NoRecentVisits, RapidDecline};
        let base = NOTHING_SPECIAL;
        assert_eq!(
            stage_of(Case {
                risk: 60,
                ..base.clone()
            }),
            Stage::AtRiskSilentQuit
        );
        assert_eq!(
            stage_of(Case {
                risk: 59,
                ..base.clone()
            }),
            Stage::HabitFormation
        );
        assert_eq!(
            stage_of(Case {
                d: 30,
                score: 50,
                ..base.clone()
            }),
            Stage::AtRiskSilentQuit
        );
        assert_eq!(
            stage_of(Case {
                d: 29,
                score: 50,
                ..base.clone()
            }),
            Stage::HabitFormation
        );
        for (flags, expected) in [
            (vec![NoRecentVisits, LargeGap], Stage::AtRiskSilentQuit),
            (vec![RapidDecline, DecliningFrequency], Stage::AtRiskSilentQuit),
            (vec![NoRecentVisits, RapidDecline], Stage::HabitFormation),
            (vec![LargeGap, DecliningFrequency], Stage::HabitFormation),
        ] {
            assert_eq!(
                stage_of(Case {
                    flags: flags.clone(),
                    ..base.clone()
                }),
                expected,
                "{flags:?}"
            );
        }
    }

    #[test]
    fn a_decline_with_a_low_score_and_two_weeks_away_is_disengagement() {
        let base = Case {
            d: 14,
            score: 44,
            flags: vec![Flag::RapidDecline],
            ..NOTHING_SPECIAL
        };
        assert_eq!(stage_of(base.clone()), Stage::EmotionalDisengagement);
        let declining = Case {
            flags: vec![Flag::DecliningFrequency],
            ..base.clone()
        };
        assert_eq!(stage_of(declining), Stage::EmotionalDisengagement);
        for near_miss in [
            Case {
                d: 13,
                ..base.clone()
            },
            Case {
                score: 45,
                ..base.clone()
            },
            Case {
                flags: vec![],
                ..base
            },
        ] {
            assert_eq!(stage_of(near_miss), Stage::HabitFormation);
        }
    }

    #[test]
    fn a_falling_pace_at_a_middling_score_is_a_plateau() {
        // Twice -3 visits a month are -0.4 a week, twice -2 are -0.2.
        let base = Case {
            t: 90,
            score: 40,
            twice_change: -3,
            ..NOTHING_SPECIAL
        };
        assert_eq!(stage_of(base.clone()), Stage::PlateauBoredomRisk);
        assert_eq!(
            stage_of(Case {
                score: 64,
                ..base.clone()
            }),
            Stage::PlateauBoredomRisk
        );
        for near_miss in [
            Case {
                t: 89,
                ..base.clone()
            },
            Case {
                score: 65,
                ..base.clone()
            },
            Case {
                score: 39,
                ..base.clone()
            },
            Case {
                twice_change: -2,
                ..base
            },
        ] {
            assert_eq!(stage_of(near_miss), Stage::HabitFormation);
        }
    }

    #[test]
    fn a_good_score_after_two_months_of_coming_weekly_is_momentum() {
        let base = Case {
            t: 60,
            score: 65,
            n1: 4,
            ..NOTHING_SPECIAL
        };
        assert_eq!(stage_of(base.clone()), Stage::MomentumIdentity);
        for near_miss in [
            Case {
                t: 59,
                ..base.clone()
            },
            Case {
                score: 64,
                ..base.clone()
            },
            Case { n1: 3, ..base },
        ] {
            assert_eq!(stage_of(near_miss), Stage::HabitFormation);
        }
    }

    #[test]
    fn the_first_month_is_onboarding_unless_a_habit_forms_after_two_weeks() {
        let base = Case {
            t: 14,
            score: 40,
            ..NOTHING_SPECIAL
        };
        assert_eq!(stage_of(base.clone()), Stage::HabitFormation);
        assert_eq!(
            stage_of(Case {
                t: 13,
                ..base.clone()
            }),
            Stage::OnboardingVulnerability
        );
        assert_eq!(
            stage_of(Case {
                score: 39,
                ..base.clone()
            }),
            Stage::OnboardingVulnerability
        );
        let low = Case {
            score: 39,
            d: 7,
            ..base
        };
        assert_eq!(
            stage_of(Case { t: 29, ..low.clone() }),
            Stage::OnboardingVulnerability
        );
        assert_eq!(stage_of(Case { t: 30, ..low }), Stage::EmotionalDisengagement);
    }

    #[test]
    fn later_the_score_and_the_absence_decide() {
        let base = Case {
            t: 90,
            ..NOTHING_SPECIAL
        };
        assert_eq!(
            stage_of(Case {
                score: 50,
                d: 21,
                ..base.clone()
            }),
            Stage::HabitFormation
        );
        assert_eq!(
            stage_of(Case {
                score: 49,
                d: 21,
                ..base.clone()
            }),
            Stage::AtRiskSilentQuit
        );
        assert_eq!(
            stage_of(Case {
                score: 49,
                d: 20,
                ..base.clone()
            }),
            Stage::HabitFormation
        );
        assert_eq!(
            stage_of(Case {
                score: 39,
                d: 20,
                ..base.clone()
            }),
            Stage::EmotionalDisengagement
        );
        assert_eq!(
            stage_of(Case {
                score: 39,
                d: 6,
                ..base
            }),
            Stage::HabitFormation
        );
    }

    proptest! {
        #[test]
        fn nobody_a_month_away_is_called_anything_but_at_risk(facts in any_facts()) {
            let stage = Commitment::of(&facts, 2).stage;
            prop_assert!(facts.d.unwrap_or(facts.t) < 30 || stage == Stage::AtRiskSilentQuit, "{:?}", stage);
        }
    }
}
