//! How committed a member is: a score from four factors, flags, a stage, and the sentences that say so.
//!
//! Four visits a week for six weeks are what a gym habit needs (Kaushal & Rhodes, 2015) and the first two
//! weeks show nothing, hence the factors that stay neutral until there is something to see. A member is
//! measured by what the plan or the gym expects, never by his own average: someone declining would justify
//! himself.

mod factors;
mod flags;
mod interpretation;
mod stage;

use serde_json::{Value, json};

use crate::at_risk_detection::rule::Risk;
use crate::number::{decimal, round_div};
use crate::visits::Facts;

pub use factors::Factors;
pub use flags::Flag;
pub use stage::{Stage, WIN_BACK_WINDOW};

/// The version of the shape of `score_factors`, for whoever reads it.
const VERSION: i32 = 1;

/// How much each factor weighs, in percent of the score.
const ATTENDANCE_PERCENT: i32 = 35;
const SESSIONS_PERCENT: i32 = 25;
const GAPS_PERCENT: i32 = 25;
const VELOCITY_PERCENT: i32 = 15;

/// Each day of absence after the first takes this many thousandths off the score, down to nothing: past
/// habits count for nothing after eight weeks away.
const THOUSANDTHS_LOST_A_DAY: i32 = 18;

/// A member who never came gets no score in the first week (days), and nothing after it.
pub const UNSCORED_DAYS: i32 = 7;

/// What the job finds out about a member whose membership has begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commitment {
    /// 0 to 100. None: nothing can be said yet.
    pub score: Option<i32>,
    /// How far the habit has decayed, 0 to 100, higher is worse. None: nothing can be said yet.
    pub habit_decay_index: Option<i32>,
    /// In the order of the enumeration.
    pub flags: Vec<Flag>,
    pub stage: Stage,
    pub interpretation: String,
    /// The column `score_factors`: why this member has this score.
    pub score_factors: Value,
}

impl Commitment {
    /// Judges a member by the visits that are expected of him in a week.
    pub fn of(facts: &Facts, expected_per_week: i32) -> Self {
        let risk = Risk::of(facts);
        let visited = facts.d.map(|d| Visited {
            d,
            factors: Factors::of(facts, d, expected_per_week),
        });
        let score = match &visited {
            Some(visited) => Some(visited.score()),
            None => (facts.t >= UNSCORED_DAYS).then_some(0),
        };
        let habit_decay_index = match &visited {
            Some(visited) => visited.habit_decay_index(),
            None => (facts.t >= UNSCORED_DAYS).then_some(100),
        };
        let flags = flags::flags(facts, visited.as_ref(), score, &risk);
        let stage = stage::stage(facts, visited.as_ref(), score, &risk, &flags);
        let reading = interpretation::Reading {
            facts,
            stage,
            risk: risk.score,
            habit_decay_index,
            flags: &flags,
            velocity_tenths: visited
                .as_ref()
                .map_or(0, |visited| visited.factors.velocity_tenths()),
        };
        Self {
            score,
            habit_decay_index,
            interpretation: reading.text(),
            score_factors: score_factors(facts, visited.as_ref(), score, &risk, expected_per_week),
            flags,
            stage,
        }
    }

    /// The word for the score. None: no score.
    pub fn band(&self) -> Option<&'static str> {
        self.score.map(band)
    }
}

/// A member who has visited at least once, and how he does by the four factors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visited {
    /// Days since the newest visit.
    pub d: i32,
    pub factors: Factors,
}

impl Visited {
    fn score(&self) -> i32 {
        let Factors {
            attendance,
            sessions,
            gaps,
            velocity,
            ..
        } = self.factors;
        let percents = ATTENDANCE_PERCENT * attendance.points
            + SESSIONS_PERCENT * sessions
            + GAPS_PERCENT * gaps
            + VELOCITY_PERCENT * velocity.points;
        round_div(percents * self.multiplier(), 100 * 1000)
    }

    /// What recent absence leaves of the score, in thousandths.
    fn multiplier(&self) -> i32 {
        (1000 - THOUSANDTHS_LOST_A_DAY * (self.d - 1).max(0)).max(0)
    }

    /// Six parts of a falling trend and four of a slowing pace, where there is a trend to see.
    fn habit_decay_index(&self) -> Option<i32> {
        let Factors {
            attendance, velocity, ..
        } = self.factors;
        (!attendance.neutral)
            .then(|| round_div(6 * (100 - attendance.points) + 4 * (100 - velocity.points), 10))
    }
}

/// The word for a score.
fn band(score: i32) -> &'static str {
    match score {
        ..=30 => "low",
        31..=60 => "moderate",
        61..=80 => "good",
        81.. => "high",
    }
}

fn score_factors(
    facts: &Facts,
    visited: Option<&Visited>,
    score: Option<i32>,
    risk: &Risk,
    expected_per_week: i32,
) -> Value {
    let factors = visited.map(|visited| &visited.factors);
    let neutral = factors.map_or(vec![], Factors::neutral);
    json!({
        "version": VERSION,
        "today": facts.today,
        "expected_per_week": expected_per_week,
        "days_since_joining": facts.t,
        "days_since_last_visit": facts.d,
        "visits": [facts.n1, facts.n2, facts.n3],
        "recent_visits": facts.recent.len(),
        "factors": factors.map(|factors| json!({
            "attendance": factors.attendance.points,
            "sessions": factors.sessions,
            "gaps": factors.gaps,
            "velocity": factors.velocity.points,
        })),
        "neutral": neutral,
        "velocity_per_week": factors.map(|factors| decimal(factors.velocity_tenths(), 1)),
        "multiplier": visited.map(|visited| decimal(visited.multiplier(), 3)),
        "risk": risk.score,
        "band": score.map(band),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::visits::samples::{any_facts, facts};

    /// The four factors, the multiplier in thousandths and the score.
    fn scored(facts: &Facts, expected_per_week: i32) -> ([i32; 4], i32, i32) {
        let d = facts.d.unwrap();
        let visited = Visited {
            d,
            factors: Factors::of(facts, d, expected_per_week),
        };
        let Factors {
            attendance,
            sessions,
            gaps,
            velocity,
            ..
        } = visited.factors;
        (
            [attendance.points, sessions, gaps, velocity.points],
            visited.multiplier(),
            visited.score(),
        )
    }

    #[test]
    fn members_are_scored_as_the_table_says() {
        let every_third_day: Vec<i32> = (0..10).map(|n| 1 + 3 * n).collect();
        let weekly_until_two_weeks_ago =
            [&[89, 84][..], &(2..=11).map(|n| 7 * n).collect::<Vec<_>>()].concat();
        let table: [(&str, Facts, i32, _); 6] = [
            (
                "every third day",
                facts(393, &every_third_day),
                3,
                ([100, 78, 100, 100], 1000, 95),
            ),
            (
                "weekly",
                facts(89, &weekly_until_two_weeks_ago),
                2,
                ([75, 35, 65, 40], 766, 44),
            ),
            (
                "two in two weeks",
                facts(14, &[14, 9]),
                2,
                ([50, 47, 80, 50], 856, 49),
            ),
            ("today", facts(0, &[0]), 2, ([50, 50, 55, 50], 1000, 51)),
            (
                "a month ago",
                facts(393, &[30, 33, 36, 40]),
                2,
                ([0, 0, 50, 10], 478, 7),
            ),
            (
                "each row twice",
                facts(393, &[1, 8, 15, 1, 8, 15]),
                2,
                ([45, 35, 75, 50], 1000, 51),
            ),
        ];
        for (name, facts, expected_per_week, expected) in table {
            assert_eq!(scored(&facts, expected_per_week), expected, "{name}");
        }
    }

    #[test]
    fn absence_takes_nothing_on_the_first_day_and_everything_after_eight_weeks() {
        let factors = Factors::of(&facts(30, &[0]), 0, 2);
        let multiplier = |d| Visited { d, factors }.multiplier();
        assert_eq!(
            [0, 1, 2, 14, 56, 57, 400].map(multiplier),
            [1000, 1000, 982, 766, 10, 0, 0]
        );
    }

    #[test]
    fn a_band_ends_exactly_at_its_bound() {
        let bands = [0, 30, 31, 60, 61, 80, 81, 100].map(band);
        assert_eq!(
            bands,
            [
                "low", "low", "moderate", "moderate", "good", "good", "high", "high"
            ]
        );
    }

    #[test]
    fn who_never_came_has_no_score_for_a_week_and_then_none_to_speak_of() {
        let of = |t| {
            let commitment = Commitment::of(&facts(t, &[]), 2);
            (commitment.score, commitment.habit_decay_index, commitment.band())
        };
        assert_eq!(of(6), (None, None, None));
        assert_eq!(of(7), (Some(0), Some(100), Some("low")));
    }

    #[test]
    fn the_habit_decays_by_six_parts_of_trend_and_four_of_pace() {
        let decay = |facts: &Facts| Commitment::of(facts, 2).habit_decay_index;
        assert_eq!(
            decay(&facts(89, &[14, 21, 28, 35, 42, 49, 56, 63, 70, 77, 84, 89])),
            Some(39)
        );
        assert_eq!(
            decay(&facts(393, &[1, 8, 15])),
            Some(53),
            "a neutral pace counts as 50"
        );
        assert_eq!(decay(&facts(14, &[14, 9])), None, "a neutral trend says nothing");
    }

    #[test]
    fn the_example_is_explained_number_by_number() {
        let commitment = Commitment::of(&facts(89, &[14, 21, 28, 35, 42, 49, 56, 63, 70, 77, 84, 89]), 2);
        assert_eq!(
            commitment.score_factors,
            json!({
                "version": 1, "today": "2026-01-29", "expected_per_week": 2, "days_since_joining": 89,
                "days_since_last_visit": 14, "visits": [3, 4, 5], "recent_visits": 12,
                "factors": {"attendance": 75, "sessions": 35, "gaps": 65, "velocity": 40}, "neutral": [],
                "velocity_per_week": -0.2, "multiplier": 0.766, "risk": 21, "band": "moderate",
            })
        );
    }

    #[test]
    fn what_is_unknown_of_a_member_who_never_came_is_null() {
        assert_eq!(
            Commitment::of(&facts(6, &[]), 3).score_factors,
            json!({
                "version": 1, "today": "2026-01-29", "expected_per_week": 3, "days_since_joining": 6,
                "days_since_last_visit": null, "visits": [0, 0, 0], "recent_visits": 0, "factors": null,
                "neutral": [], "velocity_per_week": null, "multiplier": null, "risk": 14, "band": null,
            })
        );
    }

    proptest! {
        #[test]
        fn all_results_lie_on_their_scales(facts in any_facts(), expected in 1..=14) {
            let commitment = Commitment::of(&facts, expected);
            let on_scale = |points: Option<i32>| points.is_none_or(|points| (0..=100).contains(&points));
            prop_assert!(on_scale(commitment.score) && on_scale(commitment.habit_decay_index));
            prop_assert!(commitment.flags.is_sorted_by(|one, next| one < next), "each once, in order");
            prop_assert_eq!(commitment.band().is_some(), commitment.score.is_some());
            prop_assert_eq!(commitment.score.is_none(), facts.d.is_none() && facts.t < UNSCORED_DAYS);
        }

        #[test]
        fn a_longer_absence_never_raises_the_score(facts in any_facts(), d in 0..200, expected in 1..=14) {
            prop_assume!(facts.d.is_some());
            let score = |d| Visited { d, factors: Factors::of(&facts, d, expected) }.score();
            prop_assert!(score(d + 1) <= score(d));
        }

        #[test]
        fn expecting_more_never_raises_the_score(facts in any_facts(), expected in 1..14) {
            prop_assert!(Commitment::of(&facts, expected + 1).score <= Commitment::of(&facts, expected).score);
        }

        #[test]
        fn the_score_is_never_better_than_its_best_factor(facts in any_facts(), expected in 1..=14) {
            prop_assume!(facts.d.is_some());
            let (factors, _, score) = scored(&facts, expected);
            prop_assert!(Some(score) <= factors.into_iter().max());
        }
    }
}
