//! Records, signals, mistakes and reasons, at their thresholds.

use super::*;

#[test]
fn a_record_is_strictly_above_all_that_was_before() {
    let records = |earlier: &[(u128, i64)], now: &[(i64, u128, i64)]| {
        let done = now.iter().map(|(day, exercise, best)| Done {
            day: *day,
            exercise: *exercise,
            best: Some(*best),
            ..Done::default()
        });
        let user = User {
            done: done.collect(),
            earlier: earlier.to_vec(),
            ..User::on(&[0, 2, 4])
        };
        user.report().records
    };
    let before = [(1, 1_000), (2, 2_000)];
    assert_eq!(records(&before, &[(0, 1, 1_000)]), 0, "equalled");
    assert_eq!(records(&before, &[(0, 1, 1_001)]), 1);
    assert_eq!(
        records(&before, &[(0, 1, 1_001), (2, 1, 1_500), (4, 1, 10)]),
        1,
        "an exercise counts once"
    );
    assert_eq!(records(&before, &[(6, 1, 1_001), (6, 2, 2_001)]), 2);
    assert_eq!(records(&before, &[(0, 3, 9_000)]), 0, "it has none to beat");
    assert_eq!(
        records(&before, &[(-1, 1, 1_001), (7, 2, 2_001)]),
        0,
        "other weeks"
    );
    assert_eq!(records(&before, &[]), 0);
}

#[test]
fn the_first_signal_that_fits_is_told() {
    let trained = || User::on(&[-7, -5, -3, 0, 2, 4]);
    let record = || User {
        done: vec![Done {
            exercise: 1,
            best: Some(2),
            ..Done::default()
        }],
        earlier: vec![(1, 1)],
        ..trained()
    };
    let longer = |minutes| User {
        workouts: vec![(-7, 50), (-5, 50), (0, minutes), (2, 50)],
        ..trained()
    };
    for (user, expected) in [
        (record().moving(10_600, 10_000), Some(Signal::PrHit)),
        (trained().moving(10_501, 10_000), Some(Signal::VolumeUp)),
        (trained().moving(10_500, 10_000), None),
        (trained().moving(10_500, 0), None),
        (User::on(&[-7, -5, 0, 2, 4]), Some(Signal::ConsistencyUp)),
        (User::on(&[-8, 0, 2, 4]), Some(Signal::ConsistencyUp)),
        (
            User::on(&[-7, -5, 0, 2, 4]).moving(10_501, 10_000),
            Some(Signal::VolumeUp),
        ),
        // On average 5 minutes and a half longer, and just 5.
        (longer(61), Some(Signal::DurationUp)),
        (longer(60), None),
        (trained(), None),
    ] {
        assert_eq!(user.report().signal, expected, "{user:?}");
    }
    // Nobody's sessions got longer where no length is known.
    let unknown = User {
        workouts: vec![(-7, 0), (-5, 1_439), (0, 60), (2, 60)],
        ..trained()
    };
    assert_eq!(unknown.report().signal, None);
}

#[test]
fn the_first_mistake_that_fits_is_told() {
    let every_day: Vec<i64> = (0..7).collect();
    let restless = || User::on(&every_day).minutes(29);
    let short = || User::on(&[0, 2, 4]).minutes(29);
    for (user, expected) in [
        (
            User::on(&[0, 2]).minutes(29).moving(75, 100),
            Some(Mistake::InconsistentTrainingDays),
        ),
        (restless().moving(75, 100), Some(Mistake::OvertrainingSignals)),
        (
            restless().aiming_at(6).moving(75, 100),
            Some(Mistake::OvertrainingSignals),
        ),
        (restless().aiming_at(7).moving(75, 100), Some(Mistake::VolumeDrop)),
        (
            User::on(&every_day[1..]).minutes(29).moving(75, 100),
            Some(Mistake::VolumeDrop),
        ),
        (short().moving(7_501, 10_000), Some(Mistake::SessionsTooShort)),
        (short(), Some(Mistake::SessionsTooShort)),
        (short().minutes(30), None),
        // Of no length known.
        (short().minutes(0), None),
    ] {
        assert_eq!(user.report().mistake, expected, "{user:?}");
    }
    let mut brief = short();
    brief.target.minutes = 15;
    assert_eq!(brief.minutes(1).report().mistake, None);
}

#[test]
fn reasons_come_in_their_order_each_in_its_words() {
    let said = |user: User| {
        let reasons = user.report().reasons.into_iter();
        reasons
            .map(|reason| (reason.key, reason.label))
            .collect::<Vec<_>>()
    };
    let in_words = |expected: &[(&'static str, &str)]| {
        let expected = expected.iter();
        expected
            .map(|(key, label)| (*key, (*label).to_owned()))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        said(User::on(&[0, 6]).minutes(29).moving(7_990, 10_000)),
        in_words(&[
            ("missed_target", "2 of 3 training days"),
            ("long_gap", "5 days in a row without training"),
            ("volume_drop", "Volume down 20.1% on the week before"),
            ("sessions_too_short", "Sessions average 29.0 minutes, target 45"),
            ("inconsistent_training_days", "Training days are irregular"),
        ])
    );
    assert_eq!(
        said(User::on(&[0, 1, 2, 3, 4, 5, 6]).minutes(29).moving(7_999, 10_000)),
        in_words(&[
            ("volume_drop", "Volume down 20.0% on the week before"),
            ("sessions_too_short", "Sessions average 29.0 minutes, target 45"),
            ("overtraining_signals", "Trained on all 7 days, no day of rest"),
        ])
    );
    // A fall by 20 % exactly, and a gap of four days.
    assert_eq!(said(User::on(&[0, 5, 6]).moving(8_000, 10_000)), []);
}

#[test]
fn a_gap_is_long_from_the_targets_threshold_on() {
    for (target, days, is_long) in [
        // More than eleven days are long, which no week has, more than six, and more than four.
        (1, &[0][..], false),
        (1, &[], false),
        (2, &[0], false),
        (2, &[], true),
        (3, &[0, 5], false),
        (3, &[0, 6], true),
        (7, &[0, 5], false),
        (7, &[0, 6], true),
    ] {
        let report = User::on(days).aiming_at(target).report();
        assert_eq!(keys(&report).contains(&"long_gap"), is_long, "{target} {days:?}");
    }
}

// --- Whatever is given ------------------------------------------------------------------------------------------
