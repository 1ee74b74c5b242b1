//! The judgement as sentences that a coach reads.

use super::flags::{Flag, LARGE_GAP_DAYS, NO_RECENT_VISIT_DAYS};
use super::stage::Stage;
use crate::visits::{Facts, days};

/// Risk (points) from which on it is called elevated, and from which on it needs watching.
const ELEVATED_RISK: i32 = 50;
const WATCHED_RISK: i32 = 25;

/// Decay of the habit (points) that weakens it, and that is some decline.
const WEAKENING_DECAY: i32 = 60;
const SOME_DECAY: i32 = 40;

/// What the sentences are about.
pub(super) struct Reading<'a> {
    pub facts: &'a Facts,
    pub stage: Stage,
    pub risk: i32,
    pub habit_decay_index: Option<i32>,
    pub flags: &'a [Flag],
    pub velocity_tenths: i32,
}

impl Reading<'_> {
    /// The sentences that apply, in their order, joined by one blank.
    pub fn text(&self) -> String {
        let mut sentences = vec![self.stage().to_owned()];
        sentences.extend(self.risk());
        sentences.extend(self.decay().map(str::to_owned));
        sentences.extend(self.last_visit());
        sentences.extend(self.last_month());
        sentences.extend(self.flags.iter().filter_map(|&flag| self.flag(flag)));
        sentences.join(" ")
    }

    fn stage(&self) -> &'static str {
        match self.stage {
            Stage::OnboardingVulnerability => "New member still finding a routine.",
            Stage::HabitFormation => "Building a training habit.",
            Stage::MomentumIdentity => "Training is an established habit.",
            Stage::PlateauBoredomRisk => "Attendance is slipping after a steady period.",
            Stage::EmotionalDisengagement => "Losing interest.",
            Stage::AtRiskSilentQuit => "At risk of leaving without a word.",
        }
    }

    fn risk(&self) -> Option<String> {
        match self.risk {
            ELEVATED_RISK.. => Some(format!("Churn risk is elevated ({} of 100).", self.risk)),
            WATCHED_RISK.. => Some(format!("Churn risk needs watching ({} of 100).", self.risk)),
            _ => None,
        }
    }

    fn decay(&self) -> Option<&'static str> {
        match self.habit_decay_index? {
            WEAKENING_DECAY.. => Some("The habit is weakening."),
            SOME_DECAY.. => Some("The habit shows some decline."),
            _ => None,
        }
    }

    fn last_visit(&self) -> Option<String> {
        match self.facts.d {
            None if self.facts.t == 0 => Some("Joined today, no visit yet.".to_owned()),
            None => Some(format!(
                "Has not visited since joining {} ago.",
                days(self.facts.t)
            )),
            Some(d) if d > LARGE_GAP_DAYS => Some(format!("Last visit was {} ago, a long gap.", days(d))),
            Some(d) if d > NO_RECENT_VISIT_DAYS => Some(format!("Last visit was {} ago.", days(d))),
            Some(_) => None,
        }
    }

    fn last_month(&self) -> Option<String> {
        self.facts.d?;
        Some(match self.facts.n1 {
            0 => "No visits in the last 30 days.".to_owned(),
            1 => "1 visit in the last 30 days.".to_owned(),
            n1 => format!("{n1} visits in the last 30 days."),
        })
    }

    fn flag(&self, flag: Flag) -> Option<String> {
        let sentence = match flag {
            Flag::RapidDecline => "Visits have fallen by more than half.",
            // A longer absence has been named as the last visit already.
            Flag::LargeGap if self.facts.d.is_some_and(|d| d <= LARGE_GAP_DAYS) => {
                "A gap of more than three weeks lies in the last 90 days."
            }
            Flag::InconsistentPattern => "The gaps between visits vary widely.",
            Flag::NewMemberLowAttendance => "Fewer than two visits since joining.",
            Flag::DecliningFrequency => {
                let fewer = -self.velocity_tenths;
                return Some(format!(
                    "About {}.{} fewer visits a week than before.",
                    fewer / 10,
                    fewer % 10
                ));
            }
            Flag::HighRiskLowCommitment => "High risk together with low commitment.",
            Flag::LowCommitmentDespiteVisits => "Low commitment although visits continue.",
            Flag::NoRecentVisits | Flag::LargeGap => return None,
        };
        Some(sentence.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::commitment_scores::rule::Commitment;
    use crate::visits::samples::{any_facts, facts};

    fn text(t: i32, visits: &[i32], risk: i32, decay: Option<i32>, flags: &[Flag]) -> String {
        let facts = facts(t, visits);
        let stage = Stage::HabitFormation;
        let text = Reading {
            facts: &facts,
            stage,
            risk,
            habit_decay_index: decay,
            flags,
            velocity_tenths: -12,
        }
        .text();
        text.strip_prefix("Building a training habit.")
            .unwrap()
            .trim_start()
            .to_owned()
    }

    #[test]
    fn risk_is_mentioned_from_25_and_called_elevated_from_50() {
        let of = |risk| text(0, &[], risk, None, &[]).replace("Joined today, no visit yet.", "");
        assert_eq!(of(24), "");
        assert_eq!(of(25), "Churn risk needs watching (25 of 100). ");
        assert_eq!(of(49), "Churn risk needs watching (49 of 100). ");
        assert_eq!(of(50), "Churn risk is elevated (50 of 100). ");
    }

    #[test]
    fn decay_is_mentioned_from_40_and_called_weakening_from_60() {
        let of = |decay| text(0, &[], 0, decay, &[]).replace("Joined today, no visit yet.", "");
        assert_eq!([of(None), of(Some(39))], ["", ""]);
        assert_eq!(
            [of(Some(40)), of(Some(59))],
            ["The habit shows some decline. "; 2]
        );
        assert_eq!(of(Some(60)), "The habit is weakening. ");
    }

    #[test]
    fn the_last_visit_is_mentioned_when_it_is_no_longer_recent() {
        let of = |visits: &[i32]| text(200, visits, 0, None, &[]);
        assert_eq!(of(&[14]), "1 visit in the last 30 days.");
        assert_eq!(
            of(&[15, 16]),
            "Last visit was 15 days ago. 2 visits in the last 30 days."
        );
        assert_eq!(
            of(&[21]),
            "Last visit was 21 days ago. 1 visit in the last 30 days."
        );
        assert_eq!(
            of(&[22]),
            "Last visit was 22 days ago, a long gap. 1 visit in the last 30 days."
        );
        assert_eq!(
            of(&[30]),
            "Last visit was 30 days ago, a long gap. No visits in the last 30 days."
        );
        assert_eq!(
            text(1, &[], 0, None, &[]),
            "Has not visited since joining 1 day ago."
        );
    }

    #[test]
    fn flags_are_read_out_in_their_order_and_none_says_a_thing_twice() {
        use Flag::*;
        let all = [
            NoRecentVisits,
            RapidDecline,
            LargeGap,
            InconsistentPattern,
            NewMemberLowAttendance,
            DecliningFrequency,
            HighRiskLowCommitment,
            LowCommitmentDespiteVisits,
        ];
        let long_gap = "A gap of more than three weeks lies in the last 90 days. ";
        let before =
            "Last visit was 21 days ago. 1 visit in the last 30 days. Visits have fallen by more than half. ";
        let after = "The gaps between visits vary widely. Fewer than two visits since joining. About 1.2 fewer \
                     visits a week than before. High risk together with low commitment. Low commitment although \
                     visits continue.";
        assert_eq!(
            text(200, &[21, 43], 0, None, &all),
            format!("{before}{long_gap}{after}")
        );
        let absent = text(200, &[22, 44], 0, None, &all);
        assert!(
            !absent.contains(long_gap) && absent.ends_with(after),
            "the absence is the long gap: {absent}"
        );
        assert_eq!(
            text(9, &[], 0, None, &[LargeGap]),
            "Has not visited since joining 9 days ago."
        );
    }

    proptest! {
        #[test]
        fn every_interpretation_is_made_of_whole_sentences(facts in any_facts(), expected in 1..=14) {
            let text = Commitment::of(&facts, expected).interpretation;
            prop_assert!(text.ends_with('.') && !text.contains("  ") && !text.contains("-"), "{}", text);
            prop_assert!(text.is_ascii());
        }
    }
}
