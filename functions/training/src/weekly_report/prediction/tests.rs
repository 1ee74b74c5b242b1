//! The countdown, by example, by near-misses, and by what holds of whatever it is given.

use proptest::{collection, prelude::*};

use super::*;

const TARGET: Target = Target { days: 3, minutes: 45 };

const WEEK: Week = Week {
    start: NaiveDate::from_ymd_opt(2026, 2, 2).unwrap(),
};

/// Somebody who has trained on these days, counted back from the Sunday of the week.
fn training(days: impl IntoIterator<Item = i64>) -> Training {
    training_up_to(WEEK, days)
}

fn training_up_to(week: Week, days: impl IntoIterator<Item = i64>) -> Training {
    let date = |ago| week.end() - chrono::TimeDelta::days(ago);
    Training::of(days.into_iter().map(|ago| (date(ago), 45)), [])
}

fn predicted(days: i64, training: &Training) -> Prediction {
    Prediction::of(WEEK, Target { days, ..TARGET }, None, training, None)
}

/// The effective weeks of somebody who aims at so many days.
fn effective(days: i64, trained: impl IntoIterator<Item = i64>) -> String {
    predicted(days, &training(trained)).effective_weeks.to_string()
}

/// Every so many days, for so many of them.
fn every(step: usize, days: i64) -> impl Iterator<Item = i64> {
    (0..days).step_by(step)
}

#[test]
fn a_first_prediction_comes_out_as_by_hand() {
    // Monday, Wednesday and Friday of two weeks: six of six days, and (4 - 2) · 0.8 is 1.6.
    let expected = Prediction {
        goal: "general".into(),
        consistency: Some("100.0".parse().unwrap()),
        workouts_per_week: "3.0".parse().unwrap(),
        effective_weeks: "2.00".parse().unwrap(),
        strength_weeks: 2,
        visible_weeks: 5,
        milestone: "First fitness milestone",
        milestone_weeks: 2,
        delta: None,
        delta_reason: "first_prediction",
    };
    assert_eq!(predicted(3, &training([2, 4, 6, 9, 11, 13])), expected);
}

#[test]
fn who_has_never_trained_is_told_the_longest_time() {
    let never = predicted(3, &Training::default());
    assert_eq!((never.consistency, never.strength_weeks), (None, 7));
    assert_eq!((never.visible_weeks, never.milestone_weeks), (13, 7));
    assert_eq!(
        (
            never.workouts_per_week.to_string(),
            never.effective_weeks.to_string()
        ),
        ("0.0".into(), "0.00".into())
    );
    // Or has only begun after the week, which a catch-up may know.
    assert_eq!(predicted(3, &training([-1, -3])), never);
}

#[test]
fn who_has_stopped_is_inconsistent_and_not_unknown() {
    let stopped = predicted(3, &training([14, 16]));
    assert_eq!(stopped.consistency.unwrap().to_string(), "0.0");
    assert_eq!(stopped.workouts_per_week.to_string(), "0.0");
}

#[test]
fn days_after_the_week_are_of_the_next_one() {
    let days = [2, 4, 6, 9, 11, 13];
    let later = days.into_iter().chain([-1, -2, -3]);
    assert_eq!(
        predicted(3, &training(later.collect::<Vec<_>>())),
        predicted(3, &training(days))
    );
}

#[test]
fn a_newcomer_is_held_against_the_days_that_there_were() {
    // Three times in the five days since he began.
    let newcomer = predicted(3, &training([0, 2, 4]));
    assert_eq!(newcomer.consistency.unwrap().to_string(), "100.0");
    assert_eq!(newcomer.workouts_per_week.to_string(), "4.2");
    assert_eq!(newcomer.effective_weeks.to_string(), "1.00");
}

#[test]
fn a_week_counts_for_no_more_than_its_target() {
    assert_eq!(effective(3, [0, 1, 2, 3, 4, 5, 6]), "1.00");
    assert_eq!(effective(7, [0, 1, 2, 3, 4, 5, 6]), "1.00");
    assert_eq!(effective(3, [0, 1]), "0.67");
    assert_eq!(effective(3, [0, 1, 7, 8, 9, 10, 11]), "1.67");
    // Sunday and Monday are of two weeks, Monday and Sunday of one.
    assert_eq!(effective(1, [6, 7]), "2.00");
    assert_eq!(effective(1, [0, 6]), "1.00");
}

#[test]
fn twenty_eight_days_without_training_are_a_break_and_one_less_is_none() {
    // Neighbours 28 days apart have 27 between them.
    assert_eq!(effective(1, [0, 28, 35]), "3.00");
    assert_eq!(effective(1, [0, 29, 36]), "1.00");
    // Only what follows the last of two breaks counts.
    assert_eq!(effective(1, [0, 7, 36, 43, 72]), "2.00");
    // The break may last still.
    assert_eq!(effective(1, [27, 34]), "2.00");
    assert_eq!(effective(1, [28, 35]), "0.00");
}

#[test]
fn a_year_of_weeks_is_looked_at() {
    // The Monday of the 52nd week, and the Sunday before it.
    assert_eq!(effective(1, every(7, 400)), "52.00");
    assert_eq!(effective(1, every(1, 400)), "52.00");
    let on_day = |ago| effective(2, every(7, 358).chain([ago]));
    // 26 weeks, 52 days of 52 weeks, and a second day of the first of them.
    assert_eq!(on_day(363), "26.50");
    assert_eq!(on_day(364), "26.00");
}

#[test]
fn weeks_left_follow_from_pace_and_weeks_done() {
    let consistency = |percent: &str| Some(percent.parse().unwrap());
    // Target, days done, consistency, weeks to strength and to visible change.
    for (days, done, consistency, expected) in [
        (3, 0, None, (7, 13)),
        (3, 0, consistency("0.0"), (7, 13)),
        (3, 0, consistency("39.9"), (7, 13)),
        (3, 0, consistency("40.0"), (6, 11)),
        (3, 0, consistency("59.9"), (6, 11)),
        (3, 0, consistency("60.0"), (4, 8)),
        (3, 0, consistency("79.9"), (4, 8)),
        (3, 0, consistency("80.0"), (4, 7)),
        (3, 3, consistency("70.0"), (3, 7)),
        (2, 5, consistency("85.0"), (2, 5)),
        (3, 12, consistency("85.0"), (0, 4)),
        (3, 12, consistency("50.0"), (0, 6)),
        // A day less than four weeks.
        (3, 11, consistency("85.0"), (1, 4)),
        (3, 24, consistency("50.0"), (0, 0)),
        (3, 156, consistency("100.0"), (0, 0)),
    ] {
        let target = Target { days, ..TARGET };
        let left = |weeks| remaining(weeks, target, done, consistency);
        assert_eq!((left(4), left(8)), expected, "{days} {done} {consistency:?}");
    }
}

#[test]
fn the_milestone_is_the_first_that_is_left() {
    let of = |goal, weeks: i64| {
        let days = every(7, 7 * weeks);
        let target = Target { days: 1, ..TARGET };
        let prediction = Prediction::of(WEEK, target, goal, &training(days), None);
        (prediction.milestone, prediction.milestone_weeks)
    };
    for (goal, milestone) in [
        (Some("strength"), "First strength gains"),
        (Some("muscle"), "First visible muscle definition"),
        (Some("weight_loss"), "First 2-3 lb drop"),
        (Some("general"), "First fitness milestone"),
        (None, "First fitness milestone"),
    ] {
        assert_eq!(of(goal, 3), (milestone, 1), "{goal:?}");
        assert_eq!(of(goal, 4), ("First visible change", 4), "{goal:?}");
        assert_eq!(of(goal, 7), ("First visible change", 1), "{goal:?}");
        assert_eq!(of(goal, 8), ("All first milestones reached", 0), "{goal:?}");
    }
}

#[test]
fn a_prediction_says_how_it_differs_from_the_one_before() {
    let delta = |goal, previous: Option<(&str, i64)>| {
        let previous = previous.map(|(goal, strength_weeks)| Previous {
            goal: goal.into(),
            strength_weeks,
        });
        // Two weeks are left.
        let trained = training([2, 4, 6, 9, 11, 13]);
        let prediction = Prediction::of(WEEK, TARGET, goal, &trained, previous.as_ref());
        (prediction.delta, prediction.delta_reason)
    };
    let muscle = Some("muscle");
    assert_eq!(delta(muscle, None), (None, "first_prediction"));
    assert_eq!(delta(muscle, Some(("strength", 3))), (None, "goal_changed"));
    assert_eq!(delta(None, Some(("muscle", 2))), (None, "goal_changed"));
    assert_eq!(delta(None, Some(("general", 2))), (Some(0), "no_change"));
    assert_eq!(delta(muscle, Some(("muscle", 3))), (Some(-1), "improved"));
    assert_eq!(delta(muscle, Some(("muscle", 2))), (Some(0), "no_change"));
    assert_eq!(delta(muscle, Some(("muscle", 0))), (Some(2), "extended"));
}

// --- Whatever is given ------------------------------------------------------------------------------------------

proptest! {
    #[test]
    fn visible_change_takes_as_long_as_strength_or_longer(
        days in 1..=7_i64,
        trained in collection::vec(-5..400_i64, 0..150),
    ) {
        let Prediction { strength_weeks, visible_weeks, milestone_weeks, .. } = predicted(days, &training(trained));
        prop_assert!((0..=7).contains(&strength_weeks));
        prop_assert!((strength_weeks..=13).contains(&visible_weeks));
        prop_assert_eq!(milestone_weeks, if strength_weeks > 0 { strength_weeks } else { visible_weeks });
    }

    #[test]
    fn one_more_day_of_training_in_the_week_never_takes_longer(
        days in 1..=7_i64,
        trained in collection::vec(0..100_i64, 0..60),
        more in 0..7_i64,
    ) {
        // Begun long ago, so that it is not the first day.
        let with = |more: Option<i64>| {
            let days_of_all = trained.iter().copied().chain([420]).chain(more);
            predicted(days, &training(days_of_all.collect::<Vec<_>>()))
        };
        let (less, more) = (with(None), with(Some(more)));
        prop_assert!(more.effective_weeks >= less.effective_weeks);
        prop_assert!(more.strength_weeks <= less.strength_weeks);
        prop_assert!(more.visible_weeks <= less.visible_weeks);
    }

    #[test]
    fn more_consistency_or_more_days_done_never_take_longer(
        days in 1..=7_i64,
        done in 0..60_i64,
        weeks in 1..=8_i64,
        tenths in 0..1_000_i64,
    ) {
        let target = Target { days, ..TARGET };
        let left = |done, tenths| remaining(weeks, target, done, Some(Decimal::new(tenths, 1)));
        prop_assert!(left(done + 1, tenths) <= left(done, tenths));
        prop_assert!(left(done, tenths + 1) <= left(done, tenths));
        prop_assert!(left(done, tenths) <= remaining(weeks, target, done, None));
    }

    #[test]
    fn moved_by_whole_weeks_the_prediction_is_the_same(
        days in 1..=7_i64,
        trained in collection::vec(-5..400_i64, 0..150),
        weeks in 0..2_000_u64,
    ) {
        let moved = Week { start: before(WEEK.start, 7 * weeks) };
        let target = Target { days, ..TARGET };
        prop_assert_eq!(
            Prediction::of(moved, target, None, &training_up_to(moved, trained.clone()), None),
            predicted(days, &training(trained))
        );
    }
}
