//! When the main lifts have stalled.

use super::*;

/// An exercise with its best on three days of each period, the last of them at the edges of these.
fn lift(exercise: u128, best_before: i64, best_now: i64) -> Vec<Done> {
    lift_on(exercise, &[22, 30, 42], best_before, &[1, 10, 21], best_now)
}

fn lift_on(
    exercise: u128,
    days_before: &[u64],
    best_before: i64,
    days_now: &[u64],
    best_now: i64,
) -> Vec<Done> {
    let done = |ago: &u64, best| Done {
        ago: *ago,
        exercise,
        best: Some(best),
        ..Done::default()
    };
    let before = days_before.iter().map(|ago| done(ago, best_before));
    before
        .chain(days_now.iter().map(|ago| done(ago, best_now)))
        .collect()
}

/// Whether that is no progress, for somebody who has not trained today.
fn stalls(lifts: &[Vec<Done>]) -> bool {
    let user = User {
        done: lifts.concat(),
        ..User::weekly(&[1, 4, 6])
    };
    has_stalled(&user.training(today()), before(today(), 1))
}

#[test]
fn progress_is_one_percent_exactly() {
    assert!(stalls(&[lift(1, 10_000, 10_099)]));
    assert!(!stalls(&[lift(1, 10_000, 10_100)]));
    assert!(stalls(&[lift(1, 10_000, 9_000)]));
    assert!(!stalls(&[]), "there is nothing to tell it from");
}

#[test]
fn an_exercise_counts_that_was_done_on_three_days_of_each_period() {
    let (before, now): (&[u64], &[u64]) = (&[22, 30, 42], &[1, 10, 21]);
    let stalls_on = |before, now| stalls(&[lift_on(1, before, 10_000, now, 10_000)]);
    assert!(stalls_on(before, now));
    for (days_before, days_now) in [
        (&[22, 42][..], now),
        (before, &[1, 21][..]),
        // Beyond the periods, or in the other one.
        (&[22, 30, 43], now),
        (&[21, 30, 42], now),
        (before, &[1, 10, 22]),
        // Twice on one day.
        (&[22, 22, 42], now),
        (before, &[1, 1, 21]),
    ] {
        assert!(!stalls_on(days_before, days_now), "{days_before:?} {days_now:?}");
    }
    let without_estimate = lift(1, 10_000, 10_000)
        .into_iter()
        .map(|done| Done { best: None, ..done });
    assert!(!stalls(&[without_estimate.collect()]));
}

#[test]
fn the_best_of_a_period_counts_and_not_its_last() {
    let done = lift(1, 10_000, 10_000);
    let better = |ago| {
        let mut done = done.clone();
        done.push(Done {
            ago,
            exercise: 1,
            best: Some(10_100),
            ..Done::default()
        });
        stalls(&[done])
    };
    assert!(!better(21) && !better(10) && !better(1));
    assert!(better(22), "it is of the period before");
    assert!(better(43), "it is of neither");
}

#[test]
fn the_periods_go_with_the_day_that_counts() {
    // The next day all that was done yesterday is a day older.
    let user = User {
        done: lift(1, 10_000, 10_000),
        ..User::on(&[1])
    };
    let training = user.training(today());
    assert!(has_stalled(&training, before(today(), 1)));
    assert!(!has_stalled(&training, today()), "one day leaves each period");
}

#[test]
fn all_of_the_three_exercises_done_most_must_have_stalled() {
    let (same, better) = (|n| lift(n, 10_000, 10_000), |n| lift(n, 10_000, 10_100));
    assert!(stalls(&[same(1), same(2)]));
    assert!(!stalls(&[same(1), better(2)]));
    assert!(!stalls(&[same(1), same(2), better(3)]));
    // Of exercises done equally often the first three by id.
    assert!(stalls(&[same(1), same(2), same(3), better(4)]));
    assert!(stalls(&[better(4), same(3), same(2), same(1)]));
    assert!(!stalls(&[better(1), same(2), same(3), same(4)]));
    // A day more in either period takes it before the others.
    for day in [2, 40] {
        let mut more = better(4);
        more.push(Done { ago: day, ..more[0] });
        assert!(!stalls(&[same(1), same(2), same(3), more]), "{day}");
    }
}

#[test]
fn somebody_who_has_stalled_is_told() {
    let user = User {
        done: lift(1, 10_000, 10_000),
        ..User::weekly(&[1, 4, 6])
    };
    let metrics = user.metrics();
    assert_eq!(metrics.mistake, Some(Mistake::NoProgression21Days));
    assert_eq!(keys(&metrics.reasons), ["no_progression_21_days"]);
}

// --- Whatever is given ------------------------------------------------------------------------------------------
