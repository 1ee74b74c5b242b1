//! What stands out about a member, in words that a coach can filter by.

use super::Visited;
use crate::at_risk_detection::rule::Risk;
use crate::level::Level;
use crate::visits::{Facts, MONTH_DAYS};

/// Absence (days) that counts as not having come recently, and a gap (days) that is a large one.
pub(super) const NO_RECENT_VISIT_DAYS: i32 = 14;
pub(super) const LARGE_GAP_DAYS: i32 = 21;

/// A decline is rapid when less than half of the month before is left, if that had this many visits and both
/// months lie within the membership (days).
const RAPID_DECLINE_VISITS: i32 = 2;
const RAPID_DECLINE_DAYS: i32 = 2 * MONTH_DAYS;

/// Gaps vary widely from this population variance on (days²), about a week to either side; fewer gaps than
/// this have no pattern.
const INCONSISTENT_VARIANCE: i32 = 50;
const PATTERN_GAPS: i32 = 3;

/// Someone is a new member after the first week and before the first month is over (days), and is expected
/// to have come this often by then.
const NEW_MEMBER_DAYS: std::ops::Range<i32> = 7..MONTH_DAYS;
const NEW_MEMBER_VISITS: i32 = 2;

/// A pace that falls by more than half a visit a week (tenths of a visit).
const DECLINING_TENTHS: i32 = -5;

/// Below these scores commitment is low: for somebody at high risk, and for somebody who still comes.
const LOW_AT_HIGH_RISK: i32 = 40;
const LOW_DESPITE_VISITS: i32 = 30;

/// A flag of `disengagement_flags`. The order is the order in which they are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flag {
    NoRecentVisits,
    RapidDecline,
    LargeGap,
    InconsistentPattern,
    NewMemberLowAttendance,
    DecliningFrequency,
    HighRiskLowCommitment,
    LowCommitmentDespiteVisits,
}

impl Flag {
    /// The flag as the database spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoRecentVisits => "no_recent_visits",
            Self::RapidDecline => "rapid_decline",
            Self::LargeGap => "large_gap",
            Self::InconsistentPattern => "inconsistent_pattern",
            Self::NewMemberLowAttendance => "new_member_low_attendance",
            Self::DecliningFrequency => "declining_frequency",
            Self::HighRiskLowCommitment => "high_risk_low_commitment",
            Self::LowCommitmentDespiteVisits => "low_commitment_despite_visits",
        }
    }
}

/// The flags of a member, in their order.
pub(super) fn flags(facts: &Facts, visited: Option<&Visited>, score: Option<i32>, risk: &Risk) -> Vec<Flag> {
    let new_member = NEW_MEMBER_DAYS.contains(&facts.t) && facts.n1 < NEW_MEMBER_VISITS;
    let high_risk = risk.level == Level::High && score.is_some_and(|score| score < LOW_AT_HIGH_RISK);
    let raised = match visited {
        Some(visited) => [
            (Flag::NoRecentVisits, visited.d > NO_RECENT_VISIT_DAYS),
            (Flag::RapidDecline, rapid_decline(facts)),
            (
                Flag::LargeGap,
                visited.d > LARGE_GAP_DAYS || facts.gaps().any(|gap| gap > LARGE_GAP_DAYS),
            ),
            (Flag::InconsistentPattern, inconsistent(facts)),
            (Flag::NewMemberLowAttendance, new_member),
            (
                Flag::DecliningFrequency,
                visited.factors.velocity_tenths() < DECLINING_TENTHS,
            ),
            (Flag::HighRiskLowCommitment, high_risk),
            (
                Flag::LowCommitmentDespiteVisits,
                visited.d <= NO_RECENT_VISIT_DAYS && score.is_some_and(|score| score < LOW_DESPITE_VISITS),
            ),
        ]
        .to_vec(),
        None => vec![
            (Flag::NoRecentVisits, facts.t > NO_RECENT_VISIT_DAYS),
            (Flag::LargeGap, facts.t > LARGE_GAP_DAYS),
            (Flag::NewMemberLowAttendance, new_member),
            (Flag::HighRiskLowCommitment, high_risk),
        ],
    };
    raised
        .into_iter()
        .filter_map(|(flag, raised)| raised.then_some(flag))
        .collect()
}

fn rapid_decline(facts: &Facts) -> bool {
    facts.membership_days() >= RAPID_DECLINE_DAYS
        && facts.n2 >= RAPID_DECLINE_VISITS
        && 2 * facts.n1 < facts.n2
}

/// Whether the variance of the gaps is above the bound, compared without dividing.
fn inconsistent(facts: &Facts) -> bool {
    let (number, sum, squares) = facts.gaps().fold((0, 0, 0), |(number, sum, squares), gap| {
        (number + 1, sum + gap, squares + gap * gap)
    });
    number >= PATTERN_GAPS && number * squares - sum * sum > INCONSISTENT_VARIANCE * number * number
}

#[cfg(test)]
mod tests {
    use super::super::Commitment;
    use super::*;
    use crate::visits::samples::facts;

    fn raised(t: i32, visits: &[i32]) -> Vec<&'static str> {
        Commitment::of(&facts(t, visits), 2)
            .flags
            .into_iter()
            .map(Flag::as_str)
            .collect()
    }

    fn raises(flag: Flag, t: i32, visits: &[i32]) -> bool {
        Commitment::of(&facts(t, visits), 2).flags.contains(&flag)
    }

    #[test]
    fn a_last_visit_more_than_14_days_ago_is_not_recent() {
        assert!(!raises(Flag::NoRecentVisits, 100, &[14, 15]));
        assert!(raises(Flag::NoRecentVisits, 100, &[15, 16]));
    }

    #[test]
    fn a_decline_by_more_than_half_is_rapid() {
        assert!(raises(Flag::RapidDecline, 59, &[3, 30, 31, 32]));
        assert!(
            !raises(Flag::RapidDecline, 58, &[3, 30, 31, 32]),
            "59 days with today"
        );
        assert!(!raises(Flag::RapidDecline, 59, &[3, 30, 31]), "exactly half");
        assert!(
            raises(Flag::RapidDecline, 100, &[30, 31]),
            "two visits before are enough"
        );
        assert!(!raises(Flag::RapidDecline, 100, &[30]), "one is not");
    }

    #[test]
    fn a_gap_of_more_than_21_days_is_large_wherever_it_lies() {
        assert!(!raises(Flag::LargeGap, 100, &[21, 42]));
        assert!(raises(Flag::LargeGap, 100, &[22, 30]), "now");
        assert!(raises(Flag::LargeGap, 100, &[1, 23]), "in between");
        assert!(!raises(Flag::LargeGap, 100, &[1, 22]));
    }

    #[test]
    fn a_pattern_is_inconsistent_above_a_variance_of_50() {
        // Gaps 1, 16, 16: mean 11, variance (100 + 25 + 25) / 3 = 50.
        assert!(!raises(Flag::InconsistentPattern, 100, &[5, 6, 22, 38]));
        // Gaps 1, 16, 17: 53.6.
        assert!(raises(Flag::InconsistentPattern, 100, &[5, 6, 22, 39]));
        assert!(
            !raises(Flag::InconsistentPattern, 100, &[5, 6, 40]),
            "two gaps are no pattern"
        );
    }

    #[test]
    fn a_new_member_comes_twice_between_the_first_week_and_the_first_month() {
        let flag = Flag::NewMemberLowAttendance;
        assert!(!raises(flag, 6, &[3]));
        assert!(raises(flag, 7, &[3]));
        assert!(raises(flag, 29, &[3]));
        assert!(!raises(flag, 30, &[3]));
        assert!(!raises(flag, 29, &[3, 4]));
    }

    #[test]
    fn more_than_half_a_visit_a_week_fewer_is_a_declining_frequency() {
        assert!(
            !raises(Flag::DecliningFrequency, 59, &[0, 1, 2, 30, 31, 32, 33, 34]),
            "twice -2: -0.5"
        );
        assert!(
            raises(Flag::DecliningFrequency, 59, &[0, 1, 30, 31, 32, 33, 34]),
            "twice -3: -0.7"
        );
    }

    #[test]
    fn low_commitment_is_named_at_high_risk_and_for_those_who_still_come() {
        assert_eq!(
            raised(100, &[70]),
            ["no_recent_visits", "large_gap", "high_risk_low_commitment"]
        );
        assert_eq!(raised(45, &[8]), ["low_commitment_despite_visits"]);
        assert!(
            !raises(Flag::LowCommitmentDespiteVisits, 45, &[6]),
            "31 is not below 30"
        );
    }

    #[test]
    fn who_never_came_is_flagged_by_the_days_since_joining() {
        assert_eq!(raised(6, &[]), [""; 0]);
        assert_eq!(raised(14, &[]), ["new_member_low_attendance"]);
        assert_eq!(raised(15, &[]), ["no_recent_visits", "new_member_low_attendance"]);
        assert_eq!(raised(21, &[]), ["no_recent_visits", "new_member_low_attendance"]);
        assert_eq!(
            raised(22, &[]),
            ["no_recent_visits", "large_gap", "new_member_low_attendance"]
        );
        assert_eq!(raised(30, &[]), ["no_recent_visits", "large_gap"]);
        assert_eq!(
            raised(54, &[]),
            ["no_recent_visits", "large_gap"],
            "a risk of 69 is medium"
        );
        assert_eq!(
            raised(55, &[]),
            ["no_recent_visits", "large_gap", "high_risk_low_commitment"]
        );
    }
}
