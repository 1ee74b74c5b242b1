//! The churn risk of a member: three weighted factors, four steps that correct their sum, a level.
//!
//! The risk is an index from 0 to 100, not a probability. Age, studies, work and distance are left out:
//! sensitive, weak evidence. The commitment score is no input either: it contains recency already.
//! Everything is counted in integers, so that no threshold depends on how a computer rounds.

use serde_json::{Value, json};

use crate::level::Level;
use crate::number::{decimal, round_div};
use crate::visits::{Facts, MONTH_DAYS};

/// The version of the shape of `risk_factors`, for whoever reads it.
const VERSION: i32 = 1;

/// How much each factor weighs. The sum is divided by the weights of the factors present, so that 60 days of
/// absence are a high risk and the whole scale can be reached.
const RECENCY_WEIGHT: i32 = 40;
const FREQUENCY_WEIGHT: i32 = 15;
const TENURE_WEIGHT: i32 = 7;
const WEIGHTS: i32 = RECENCY_WEIGHT + FREQUENCY_WEIGHT + TENURE_WEIGHT;

/// Recency is counted in hundredths of a point, because its slopes have two decimals.
const HUNDREDTHS: i32 = 100;

/// A member who has not come for two weeks is worth a look (days), so the score is at least this low level.
const FLOOR_DAYS: i32 = 14;
const FLOOR_SCORE: i32 = 15;

/// A member who came at least once a week (visits of the month before) and now comes less than half as often
/// is at medium risk at least, however recent the last visit. It takes two full months (days) to compare.
const HALVED_VISITS: i32 = 4;
const HALVED_DAYS: i32 = 2 * MONTH_DAYS;
const HALVED_SCORE: i32 = 40;

/// In the first week (days) a member who has not come yet is no case for a coach: at most this score.
const GRACE_DAYS: i32 = 7;
const GRACE_SCORE: i32 = 14;

/// A member's risk on one day, with everything that explains it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Risk {
    /// 0 to 100. The factors alone reach 81, the steps no more.
    pub score: i32,
    pub level: Level,
    /// The score before the steps.
    pub raw: i32,
    pub factors: Factors,
    /// The steps that changed the score, in their order.
    pub applied: Vec<&'static str>,
}

/// What the score is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Factors {
    /// How long ago the last visit was, in hundredths of a point, 0 to 9500.
    pub recency: i32,
    /// How rarely the member comes, 0 to 60 points.
    pub frequency: i32,
    /// How fresh the membership is, 5 to 50 points.
    pub tenure: i32,
}

impl Risk {
    /// The risk of a member whose membership has begun.
    pub fn of(facts: &Facts) -> Self {
        let factors = Factors {
            recency: recency(days_absent(facts)),
            frequency: frequency(facts),
            tenure: tenure(facts),
        };
        let raw = round_div(
            RECENCY_WEIGHT * factors.recency
                + HUNDREDTHS * (FREQUENCY_WEIGHT * factors.frequency + TENURE_WEIGHT * factors.tenure),
            HUNDREDTHS * WEIGHTS,
        );
        let (score, applied) = corrected(raw, facts);
        Self {
            score,
            level: Level::of(score),
            raw,
            factors,
            applied,
        }
    }

    /// The column `risk_factors`: why this member has this score.
    pub fn factors_json(&self, facts: &Facts) -> Value {
        json!({
            "version": VERSION,
            "today": facts.today,
            "days_absent": days_absent(facts),
            "never_visited": facts.d.is_none(),
            "days_since_joining": facts.t,
            "visits": [facts.n1, facts.n2],
            "factors": {
                "recency": decimal(self.factors.recency, 2),
                "frequency": self.factors.frequency,
                "tenure": self.factors.tenure,
            },
            "raw": self.raw,
            "applied": self.applied,
        })
    }
}

/// Days since the last visit, or since joining for a member who never came: not coming at all is no merit.
fn days_absent(facts: &Facts) -> i32 {
    facts.d.unwrap_or(facts.t)
}

/// Recency in hundredths of a point: it rises all the time, fastest between one and two months.
fn recency(days_absent: i32) -> i32 {
    match days_absent {
        ..7 => 133 * days_absent,
        7..14 => 800 + 171 * (days_absent - 7),
        14..21 => 2000 + 214 * (days_absent - 14),
        21..30 => 3500 + 167 * (days_absent - 21),
        30..50 => 5000 + 100 * (days_absent - 30),
        50..60 => 7000 + 150 * (days_absent - 50),
        60.. => 8500 + (50 * (days_absent - 60)).min(1000),
    }
}

/// Frequency in points, by the visits a month that the judged days would make: 8, 4, 2 or 1 of them.
fn frequency(facts: &Facts) -> i32 {
    let judged = facts.judged_days();
    let visits = MONTH_DAYS * facts.n1;
    if visits >= 8 * judged {
        0
    } else if visits >= 4 * judged {
        10
    } else if visits >= 2 * judged {
        25
    } else if visits >= judged {
        40
    } else {
        60
    }
}

/// Tenure in points: who stays away in the first weeks most often never makes it a habit.
fn tenure(facts: &Facts) -> i32 {
    match facts.d {
        None => 50,
        Some(d) if facts.t < 30 && d >= 7 => 50,
        Some(d) if facts.t < 60 && d >= 14 => 30,
        Some(_) if facts.t < 90 => 15,
        Some(_) => 5,
    }
}

/// The score after the four steps, and the names of those that changed it.
fn corrected(raw: i32, facts: &Facts) -> (i32, Vec<&'static str>) {
    let halved =
        facts.n2 >= HALVED_VISITS && 2 * facts.n1 < facts.n2 && facts.membership_days() >= HALVED_DAYS;
    let steps = [
        ("floor_low", days_absent(facts) >= FLOOR_DAYS, FLOOR_SCORE..=100),
        ("halved", halved, HALVED_SCORE..=100),
        (
            "grace",
            facts.d.is_none() && facts.t < GRACE_DAYS,
            0..=GRACE_SCORE,
        ),
        ("visited_today", facts.d == Some(0), 0..=0),
    ];
    let mut score = raw;
    let mut applied = Vec::new();
    for (name, applies, range) in steps {
        if applies && !range.contains(&score) {
            score = score.clamp(*range.start(), *range.end());
            applied.push(name);
        }
    }
    (score, applied)
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;
    use crate::visits::samples::{any_facts, facts};

    /// A member of a year who came last `d` days ago, and on the days before that, `n` times in all.
    fn regular(d: i32, n: i32) -> Facts {
        facts(365, &(d..d + n).collect::<Vec<_>>())
    }

    fn scored(facts: &Facts) -> (i32, &'static str) {
        let risk = Risk::of(facts);
        (risk.score, risk.level.as_str())
    }

    #[test]
    fn an_established_member_is_scored_as_the_table_says() {
        let table = [
            (0, 8, (0, "none")),
            (7, 4, (8, "none")),
            (10, 2, (15, "low")),
            (14, 4, (16, "low")),
            (29, 1, (41, "medium")),
            (30, 1, (47, "medium")),
            (59, 1, (69, "medium")),
            (60, 1, (70, "high")),
        ];
        for (d, n, expected) in table {
            assert_eq!(scored(&regular(d, n)), expected, "d {d}, {n} visits");
        }
    }

    #[test]
    fn a_member_who_never_came_is_scored_as_the_table_says() {
        let table = [
            (0, (14, "none")),
            (7, (25, "low")),
            (14, (33, "low")),
            (20, (41, "medium")),
            (30, (52, "medium")),
            (60, (75, "high")),
        ];
        for (t, expected) in table {
            assert_eq!(scored(&facts(t, &[])), expected, "t {t}");
        }
    }

    #[test]
    fn the_example_by_hand_is_explained_factor_by_factor() {
        let facts = regular(29, 1);
        let risk = Risk::of(&facts);
        assert_eq!(
            risk.factors,
            Factors {
                recency: 4836,
                frequency: 40,
                tenure: 5
            }
        );
        assert_eq!(
            risk.factors_json(&facts),
            json!({
                "version": 1, "today": "2026-01-29", "days_absent": 29, "never_visited": false,
                "days_since_joining": 365, "visits": [1, 0],
                "factors": {"recency": 48.36, "frequency": 40, "tenure": 5}, "raw": 41, "applied": [],
            })
        );
    }

    #[test]
    fn a_fresh_member_who_stays_away_a_week_is_low() {
        assert_eq!(scored(&facts(20, &[7, 12])), (17, "low"));
        assert_eq!(
            Risk::of(&facts(20, &[6, 12])).factors.tenure,
            15,
            "six days are no week"
        );
    }

    #[test]
    fn a_year_of_absence_is_high_and_the_factors_cannot_exceed_the_scale() {
        assert_eq!(scored(&facts(3000, &[365])), (76, "high"));
        assert_eq!(scored(&facts(100_000, &[])), (81, "high"));
    }

    #[test]
    fn recency_rises_without_a_step_back() {
        assert!((0..400).all(|d| recency(d) < recency(d + 1) || d >= 80));
        assert_eq!(
            [6, 7, 13, 14, 20, 21, 29, 30, 49, 50, 59, 60, 80, 81].map(recency),
            [
                798, 800, 1826, 2000, 3284, 3500, 4836, 5000, 6900, 7000, 8350, 8500, 9500, 9500
            ]
        );
    }

    #[test]
    fn frequency_asks_for_eight_four_two_and_one_visits_a_month() {
        let points = [0, 1, 2, 3, 4, 7, 8].map(|n| frequency(&regular(0, n)));
        assert_eq!(points, [60, 40, 25, 25, 10, 10, 0]);
        let fresh = |t, visits: &[i32]| frequency(&facts(t, visits));
        assert_eq!(fresh(13, &[7, 13]), 10, "60 of 56");
        assert_eq!(fresh(14, &[7, 14]), 10, "60 of 60");
        assert_eq!(fresh(15, &[7, 15]), 25, "60 of 64");
        assert_eq!(
            fresh(0, &[0]),
            10,
            "30 of 28: the first week counts as a whole one"
        );
    }

    #[test]
    fn tenure_changes_at_30_60_and_90_days_and_at_7_and_14_of_absence() {
        let points = |t, d| tenure(&facts(t, &[d]));
        assert_eq!(
            [(29, 7), (29, 6), (30, 7)].map(|(t, d)| points(t, d)),
            [50, 15, 15]
        );
        assert_eq!(
            [(59, 14), (59, 13), (60, 14)].map(|(t, d)| points(t, d)),
            [30, 15, 15]
        );
        assert_eq!([(89, 20), (90, 20)].map(|(t, d)| points(t, d)), [15, 5]);
        assert_eq!(tenure(&facts(500, &[])), 50, "never visited");
    }

    #[test]
    fn two_weeks_of_absence_are_at_least_low() {
        let floored = Risk::of(&regular(14, 8));
        assert_eq!(
            (floored.raw, floored.score, &floored.applied[..]),
            (13, 15, &["floor_low"][..])
        );
        assert!(
            Risk::of(&regular(13, 8)).applied.is_empty(),
            "13 days are not two weeks"
        );
        assert!(
            Risk::of(&regular(14, 4)).applied.is_empty(),
            "16 is above the floor"
        );
    }

    #[test]
    fn coming_less_than_half_as_often_is_medium_while_still_coming() {
        let eight_before = [30, 32, 34, 36, 38, 40, 42, 44];
        let halved = |t, n1: &[i32], n2: &[i32]| Risk::of(&facts(t, &[n1, n2].concat())).applied;
        assert_eq!(halved(365, &[3, 10, 20], &eight_before), ["halved"]);
        assert!(
            halved(365, &[3, 10, 20, 25], &eight_before).is_empty(),
            "exactly half"
        );
        assert!(
            halved(365, &[3], &[30, 32, 34]).is_empty(),
            "three visits before are too few"
        );
        assert_eq!(halved(365, &[3], &[30, 32, 34, 36]), ["halved"]);
        assert_eq!(
            halved(59, &[3], &[30, 32, 34, 36]),
            ["halved"],
            "60 days with today"
        );
        assert!(halved(58, &[3], &[30, 32, 34, 36]).is_empty());
    }

    #[test]
    fn the_first_week_without_a_visit_is_no_risk_yet() {
        let first_week = Risk::of(&facts(6, &[]));
        assert_eq!(
            (first_week.raw, first_week.score, &first_week.applied[..]),
            (25, 14, &["grace"][..])
        );
        assert_eq!(scored(&facts(7, &[])), (25, "low"));
    }

    #[test]
    fn who_was_here_today_is_at_no_risk_whatever_came_before() {
        let eight_before = [0, 30, 32, 34, 36, 38, 40, 42, 44];
        let here = Risk::of(&facts(365, &eight_before));
        assert_eq!(
            (here.score, here.level, &here.applied[..]),
            (0, Level::None, &["halved", "visited_today"][..])
        );
    }

    proptest! {
        #[test]
        fn a_score_lies_on_the_scale_and_its_level_follows_from_it(facts in any_facts()) {
            let risk = Risk::of(&facts);
            prop_assert!((0..=100).contains(&risk.score) && (0..=81).contains(&risk.raw));
            prop_assert_eq!(risk.level, Level::of(risk.score));
            prop_assert_eq!(risk.applied.is_empty(), risk.score == risk.raw);
        }

        #[test]
        fn the_raw_score_is_the_exact_weighted_mean(facts in any_facts()) {
            let risk = Risk::of(&facts);
            let Factors { recency, frequency, tenure } = risk.factors;
            let off = 6200 * risk.raw - (40 * recency + 1500 * frequency + 700 * tenure);
            prop_assert!(-3100 < off && off <= 3100, "a half is rounded up");
        }

        #[test]
        fn the_longer_an_established_member_stays_away_the_higher_the_raw_score(
            visits in vec(0..80, 1..30), days in 1..60,
        ) {
            let later: Vec<i32> = visits.iter().map(|ago| ago + days).collect();
            let (now, then) = (Risk::of(&facts(90, &visits)), Risk::of(&facts(90 + days, &later)));
            prop_assert!(then.raw >= now.raw, "{} {}", now.raw, then.raw);
        }

        #[test]
        fn the_longer_a_member_never_comes_the_higher_the_risk(t in 0..1000) {
            prop_assert!(Risk::of(&facts(t + 1, &[])).score >= Risk::of(&facts(t, &[])).score);
        }

        #[test]
        fn one_more_visit_of_this_month_never_raises_the_risk(
            visits in vec(0..400, 1..30), t in 90..900, more in 0..30,
        ) {
            let with_more = [&visits[..], &[more]].concat();
            prop_assert!(Risk::of(&facts(t, &with_more)).score <= Risk::of(&facts(t, &visits)).score);
        }
    }
}
