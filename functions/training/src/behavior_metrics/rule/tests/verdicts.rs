//! Each verdict at its thresholds, and beside them.

use super::*;

#[test]
fn dropping_out_is_told_from_the_gap_that_the_target_allows() {
    // Target, days without training from which the risk is medium and from which it is high.
    let table = [
        (1, 11, 14),
        (2, 6, 7),
        (3, 4, 6),
        (4, 4, 6),
        (5, 4, 6),
        (6, 4, 6),
        (7, 4, 6),
    ];
    for (days, medium, high) in table {
        let target = Target { days, ..TARGET };
        let risk = |gap| dropout(target, 1, gap, Decimal::ONE_HUNDRED);
        assert_eq!(
            [medium - 1, medium, high - 1, high].map(risk),
            [Level::Low, Level::Medium, Level::Medium, Level::High],
            "target {days}"
        );
    }
}

#[test]
fn dropping_out_is_told_from_consistency_and_from_having_trained_at_all() {
    let risk = |trained, consistency: &str| dropout(TARGET, trained, 0, consistency.parse().unwrap());
    assert_eq!(risk(1, "50.0"), Level::Low);
    assert_eq!(risk(1, "49.9"), Level::Medium);
    assert_eq!(risk(0, "100.0"), Level::High);
    // Seven days of the fourteen of a daily target.
    let half: Vec<u64> = (1..8).collect();
    let user = User {
        began: 50,
        ..User::on(&half).aiming_at(7)
    };
    assert_eq!(user.metrics().dropout, Level::Low);
}

#[test]
fn burnout_is_one_day_more_than_the_target_in_two_weeks_of_twelve_to_fourteen() {
    let most = [12, 12, 12, 12, 12, 13, 14];
    for (days, most) in (1..).zip(most) {
        let risk = |trained| burnout(Target { days, ..TARGET }, trained, mean(&[30]));
        assert_eq!(
            [most - 1, most].map(risk),
            [Level::Low, Level::High],
            "target {days}"
        );
    }
}

#[test]
fn long_sessions_on_many_days_threaten_with_burnout() {
    let hour: &[i32] = &[60, 60];
    for (trained, minutes, expected) in [
        (10, hour, Level::Medium),
        (11, hour, Level::Medium),
        (9, hour, Level::Low),
        // 59.5 minutes.
        (10, &[60, 59], Level::Low),
        (10, &[], Level::Low),
        (12, &[], Level::High),
    ] {
        assert_eq!(
            burnout(TARGET, trained, mean(minutes)),
            expected,
            "{trained} {minutes:?}"
        );
    }
}

#[test]
fn momentum_turns_beyond_its_thresholds_and_not_on_them() {
    use Momentum::*;
    let nothing = change(0, 0);
    // The volume decides wherever there was any, then the sets, then that there are sets at all.
    for (volume, sets, history, expected) in [
        (change(10_000, 11_000), nothing, 14, Stable),
        (change(10_000, 11_001), nothing, 14, Rising),
        (change(10_000, 8_500), nothing, 14, Stable),
        (change(10_000, 8_499), nothing, 14, Falling),
        (change(10_000, 10_000), change(10, 20), 14, Stable),
        (change(0, 10_000), change(10, 11), 14, Stable),
        (change(0, 0), change(100, 111), 14, Rising),
        (change(0, 0), change(100, 85), 14, Stable),
        (change(0, 0), change(100, 84), 14, Falling),
        (change(0, 0), change(0, 1), 8, Rising),
        (change(0, 0), change(0, 1), 7, Stable),
        (change(0, 0), change(0, 0), 8, Stable),
    ] {
        assert_eq!(
            momentum(volume, sets, history),
            expected,
            "{volume:?} {sets:?} {history}"
        );
    }
}

#[test]
fn a_long_gap_is_none_for_weekend_warriors_who_train_enough() {
    let long_gap = |user: &User| {
        let metrics = user.metrics();
        (metrics.adherence, keys(&metrics.reasons).contains(&"long_gap"))
    };
    // 2, 3, 9 and 10 are days of weekends.
    for (days, adherence, is_long) in [
        // Six days of six, four of them of weekends, and a gap of five.
        (&[1, 2, 3, 9, 10, 11][..], Adherence::WeekendWarrior, false),
        // Five of six.
        (&[1, 2, 3, 9, 10], Adherence::WeekendWarrior, true),
        // Three of six are of weekends.
        (&[1, 2, 3, 10, 11, 12], Adherence::Sporadic, true),
        // A gap of four.
        (&[1, 3, 8, 10, 11, 12], Adherence::Consistent, false),
    ] {
        let user = User {
            began: 50,
            ..User::on(days)
        };
        assert_eq!(long_gap(&user), (adherence, is_long), "{days:?}");
    }
}

#[test]
fn days_before_somebody_began_are_no_gap() {
    let metrics = User::on(&[1]).metrics();
    assert_eq!((metrics.max_gap, metrics.adherence), (0, Adherence::Consistent));
    assert_eq!(keys(&metrics.reasons), Vec::<&str>::new());
    let old = User {
        began: 50,
        ..User::on(&[1])
    };
    assert_eq!(old.metrics().max_gap, 29);
}
