//! The table of examples, by hand.

use super::*;

#[test]
fn the_examples_come_out_as_by_hand() {
    use {Adherence::*, Level::*, Mistake::*, Momentum::*};
    let steady = || User::weekly(&[1, 4, 6]).minutes(52);
    let stopped = User::weekly(&[11, 13, 15]).of_two_weeks((0, 0), (0, 0));
    let stopped = User {
        done: vec![Done {
            ago: 11,
            kilograms: 5_000,
            sets: 20,
            ..Done::default()
        }],
        ..stopped
    };
    let tuesdays = User {
        done: [7, 14]
            .map(|ago| Done {
                ago,
                kilograms: 3_000,
                sets: 20,
                ..Done::default()
            })
            .into(),
        ..User::weekly(&[7]).aiming_at(1)
    };
    let every_day: Vec<u64> = (1..57).collect();
    // Consistency, gaps (longest and current), dropout, burnout, momentum, adherence, mistake.
    let table = [
        (
            "Monday, Wednesday, Friday",
            steady().of_two_weeks((9_000, 36), (8_800, 36)),
            ("100.0", (2, 0), Low, Low, Stable, Consistent, None),
        ),
        (
            "Saturday and Sunday",
            User::weekly(&[2, 3])
                .aiming_at(2)
                .of_two_weeks((6_000, 36), (6_000, 36)),
            ("100.0", (5, 1), Low, Low, Stable, WeekendWarrior, None),
        ),
        (
            "since five days ago",
            User::on(&[1, 3, 5]).of_two_weeks((3_000, 9), (0, 0)),
            ("100.0", (1, 0), Low, Low, Stable, Consistent, None),
        ),
        (
            "every day",
            User::on(&every_day).aiming_at(5).minutes(75),
            (
                "100.0",
                (0, 0),
                Low,
                High,
                Stable,
                Consistent,
                Some(OvertrainingSignals),
            ),
        ),
        (
            "until ten days before yesterday",
            stopped,
            (
                "33.3",
                (10, 10),
                High,
                Low,
                Falling,
                Sporadic,
                Some(InconsistentTrainingDays),
            ),
        ),
        (
            "Tuesdays",
            tuesdays,
            ("100.0", (6, 6), Low, Low, Stable, Consistent, None),
        ),
        (
            "three tenths less",
            steady().of_two_weeks((7_000, 36), (10_000, 36)),
            ("100.0", (2, 0), Low, Low, Falling, Consistent, Some(VolumeDrop)),
        ),
        (
            "body weight",
            steady().minutes(40).of_two_weeks((0, 36), (0, 30)),
            ("100.0", (2, 0), Low, Low, Rising, Consistent, None),
        ),
    ];
    for (name, user, expected) in table {
        let metrics = user.metrics();
        let found = (
            metrics.consistency.to_string(),
            (metrics.max_gap, metrics.current_gap),
            metrics.dropout,
            metrics.burnout,
            metrics.momentum,
            metrics.adherence,
            metrics.mistake,
        );
        let (consistency, gaps, dropout, burnout, momentum, adherence, mistake) = expected;
        let expected = (
            consistency.to_owned(),
            gaps,
            dropout,
            burnout,
            momentum,
            adherence,
            mistake,
        );
        assert_eq!(found, expected, "{name}");
    }
}
