//! What each set is worth, and the best of them before a week.

use super::*;

#[tokio::test]
async fn each_set_is_worth_its_volume_itself_and_its_estimate() {
    let mut app = App::new(1).await;
    let workout = app.workout(1, as_of() - TimeDelta::hours(1), json!({})).await;
    let working = |reps, kilograms| ("working", Some(reps), Some(kilograms), None);
    let table: [(Set, Worth); 19] = [
        (working(5, "100"), (50_000, 1, Some(350_000))),
        (working(1, "100"), (10_000, 1, Some(300_000))),
        (working(2, "100"), (20_000, 1, Some(320_000))),
        (working(12, "100"), (120_000, 1, Some(420_000))),
        (working(13, "100"), (130_000, 1, None)),
        (working(0, "100"), (0, 0, None)),
        (working(5, "0"), (0, 1, None)),
        (working(5, "0.01"), (5, 1, Some(35))),
        (working(3, "22.55"), (6_765, 1, Some(74_415))),
        (working(12, "9999.99"), (11_999_988, 1, Some(41_999_958))),
        // The most that the column holds.
        (
            working(i32::MAX.into(), "9999.99"),
            (2_147_481_499_516_353, 1, None),
        ),
        // Without a weight, repetitions or both.
        (("working", Some(5), None, None), (0, 1, None)),
        (("working", None, Some("100"), None), (0, 0, None)),
        (("working", None, None, Some(60)), (0, 1, None)),
        (("working", None, None, Some(0)), (0, 0, None)),
        (("working", None, None, None), (0, 0, None)),
        // The other types of work.
        (
            ("failure", Some(1), Some("100"), None),
            (10_000, 1, Some(300_000)),
        ),
        (("drop", Some(1), Some("100"), None), (10_000, 1, Some(300_000))),
        (("amrap", Some(1), Some("100"), None), (10_000, 1, Some(300_000))),
    ];
    for (n, (set, _)) in (1..).zip(table) {
        app.set(workout, n, set).await;
    }
    app.set(workout, 100, ("warmup", Some(1), Some("100"), Some(60)))
        .await;
    let history = app.history().await;
    assert_eq!(history.lifts.len(), table.len(), "a warm-up is no work");
    for ((set, expected), lift) in table.into_iter().zip(&history.lifts) {
        let (volume, sets, best) = expected;
        assert_eq!(
            (lift.volume, lift.sets, lift.best),
            (volume.into(), sets, best),
            "{set:?}"
        );
    }
    // Which is what the weekly report hears of a week before.
    let mut exercises: Vec<Uuid> = history.lifts.iter().map(|lift| lift.exercise_id).collect();
    let mut estimates: Vec<Option<i64>> = history.lifts.iter().map(|lift| lift.best).collect();
    exercises.push(app.exercise(100));
    estimates.push(None);
    assert_eq!(app.bests(&exercises, as_of()).await, estimates);
}

#[tokio::test]
async fn an_estimate_rises_with_the_weight_and_with_repetitions_up_to_twelve() {
    let mut app = App::new(1).await;
    let weights = ["0.01", "1.25", "20", "99.99", "100", "102.5", "9999.99"];
    let workout = app.workout(1, as_of() - TimeDelta::hours(1), json!({})).await;
    let tries = weights
        .into_iter()
        .flat_map(|weight| (1..=12).map(move |reps| (weight, reps)));
    for (n, (weight, reps)) in (1..).zip(tries.clone()) {
        app.set(workout, n, ("working", Some(reps), Some(weight), None))
            .await;
    }
    let lifts = app.history().await.lifts;
    let estimates: Vec<Vec<i64>> = lifts
        .chunks(12)
        .map(|lifts| lifts.iter().map(|lift| lift.best.unwrap()).collect())
        .collect();
    for (lighter, heavier) in estimates.iter().zip(&estimates[1..]) {
        assert!(
            lighter
                .iter()
                .zip(heavier)
                .all(|(lighter, heavier)| lighter < heavier)
        );
    }
    for of_weight in &estimates {
        assert!(of_weight.is_sorted_by(|fewer, more| fewer < more));
    }
    for ((weight, reps), estimate) in tries.zip(estimates.concat()) {
        let weight: Decimal = weight.parse().unwrap();
        let epley = if reps == 1 {
            weight
        } else {
            weight * Decimal::from(30 + reps) / Decimal::from(30)
        };
        let in_kilograms = Decimal::from(estimate) / Decimal::from(30 * 100);
        assert_eq!(in_kilograms.round_dp(12), epley.round_dp(12), "{weight} {reps}");
    }
}

#[tokio::test]
async fn the_sets_of_an_exercise_are_one_lift_in_each_workout() {
    let mut app = App::new(1).await;
    // Two workouts at the same time are two workouts.
    let start = as_of() - TimeDelta::hours(1);
    let workouts = [
        app.workout(1, start - TimeDelta::hours(1), json!({})).await,
        app.workout(1, start, json!({})).await,
        app.workout(1, start, json!({})).await,
    ];
    for workout in workouts {
        for (exercise, reps, kilograms) in [(1, 10, "60"), (1, 5, "80"), (1, 8, "70"), (2, 20, "10")] {
            app.set(workout, exercise, ("working", Some(reps), Some(kilograms), None))
                .await;
        }
        app.set(workout, 1, ("warmup", Some(1), Some("200"), None)).await;
    }
    let history = app.history().await;
    assert_eq!(history.workouts.len(), 3);
    let (one, two) = ((156_000.into(), 3, Some(280_000)), (20_000.into(), 1, None));
    let mut found: Vec<_> = history
        .lifts
        .iter()
        .map(|lift| {
            (
                lift.exercise_id == app.exercise(1),
                (lift.volume, lift.sets, lift.best),
            )
        })
        .collect();
    found.sort_unstable();
    assert_eq!(
        found,
        [
            (false, two),
            (false, two),
            (false, two),
            (true, one),
            (true, one),
            (true, one)
        ]
    );
    let training = history.in_zone(Tz::UTC);
    let today = training.days.within(NaiveDate::MIN, NaiveDate::MAX)[0];
    assert_eq!(training.sessions(today, today), 3);
    assert_eq!(training.volume(today, today), Decimal::from(3 * (1_560 + 200)));
    assert_eq!(training.sets(today, today), 12);
    let tested = BTreeSet::from([app.exercise(1)]);
    let hour = TimeDelta::hours(1);
    assert_eq!(
        history.tested(start - hour, start + hour),
        tested,
        "of the other there is no estimate"
    );
    assert_eq!(history.tested(start, start + hour), tested, "from the start on");
    assert_eq!(
        history.tested(start - hour * 2, start - hour),
        BTreeSet::new(),
        "and before the end"
    );
}

#[tokio::test]
async fn the_best_before_a_week_is_of_workouts_that_count_and_began_before_it() {
    let mut app = App::new(2).await;
    let monday = as_of();
    let instant = TimeDelta::microseconds(1);
    let draft = json!({"lifecycle_status": "draft"});
    // Long ago, just before, and then what does not count.
    for (start, but_for, kilograms) in [
        (monday - TimeDelta::days(3_000), json!({}), "90"),
        (monday - instant, json!({}), "80"),
        (monday, json!({}), "100"),
        (monday - instant, draft, "100"),
    ] {
        let workout = app.workout(1, start, but_for).await;
        app.set(workout, 1, ("working", Some(1), Some(kilograms), None))
            .await;
    }
    let exercises = [app.exercise(2), app.exercise(1), app.exercise(1)];
    assert_eq!(
        app.bests(&exercises, monday).await,
        [None, Some(270_000), Some(270_000)]
    );
    assert_eq!(
        app.bests(&exercises[1..2], monday + instant).await,
        [Some(300_000)]
    );
}
