//! The report, by example, by near-misses, and by what holds of whatever it is given.

use proptest::{collection, option, prelude::*};

use super::*;
use crate::{days::after, history::Effort};

const TARGET: Target = Target { days: 3, minutes: 45 };

const WEEK: Week = Week {
    start: chrono::NaiveDate::from_ymd_opt(2026, 2, 2).unwrap(),
};

/// Somebody's training. Days are counted from the Monday of the week; those before it are negative.
#[derive(Debug, Clone)]
struct User {
    target: Target,
    /// Days and minutes of workouts.
    workouts: Vec<(i64, i32)>,
    /// The first day of all, where it is earlier than those.
    began: i64,
    done: Vec<Done>,
    /// The best before the week, of exercises.
    earlier: Vec<(u128, i64)>,
}

/// What was done of an exercise on a day.
#[derive(Debug, Clone, Copy, Default)]
struct Done {
    day: i64,
    exercise: u128,
    kilograms: i64,
    best: Option<i64>,
}

impl User {
    /// Somebody who has trained for long, and on these days for 50 minutes.
    fn on(days: &[i64]) -> Self {
        Self {
            target: TARGET,
            workouts: days.iter().map(|day| (*day, 50)).collect(),
            began: -300,
            done: Vec::new(),
            earlier: Vec::new(),
        }
    }

    /// With so many kilograms on the Monday of the week and of the week before.
    fn moving(mut self, now: i64, before: i64) -> Self {
        self.done
            .extend([(0, now), (-7, before)].map(|(day, kilograms)| Done {
                day,
                kilograms,
                ..Done::default()
            }));
        self
    }

    fn minutes(mut self, minutes: i32) -> Self {
        self.workouts.iter_mut().for_each(|workout| workout.1 = minutes);
        self
    }

    fn aiming_at(mut self, days: i64) -> Self {
        self.target.days = days;
        self
    }

    fn began(mut self, day: i64) -> Self {
        self.began = day;
        self
    }

    fn report_in(&self, week: Week) -> Report {
        let date = |day: i64| week.start + chrono::TimeDelta::days(day);
        let mut training = Training::of(
            self.workouts.iter().map(|(day, minutes)| (date(*day), *minutes)),
            self.done
                .iter()
                .map(|done| Effort::of(date(done.day), done.exercise, done.kilograms, 1, done.best)),
        );
        let began = date(self.began);
        training.first = Some(training.first.map_or(began, |first| first.min(began)));
        let earlier = self
            .earlier
            .iter()
            .map(|(exercise, best)| (Uuid::from_u128(*exercise), *best));
        Report::of(week, self.target, &training, &earlier.collect())
    }

    fn report(&self) -> Report {
        self.report_in(WEEK)
    }
}

fn keys(report: &Report) -> Vec<&'static str> {
    report.reasons.iter().map(|reason| reason.key).collect()
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

#[test]
fn the_example_comes_out_as_by_hand() {
    let user = User::on(&[-7, -5, -3, 0, 2, 4]).minutes(52).moving(9_000, 8_000);
    let expected = Report {
        is_generated: true,
        week_target: 3,
        workouts: 3,
        training_days: 3,
        volume: decimal("9000.0"),
        volume_delta_pct: Some(decimal("12.5")),
        average_minutes: Some(decimal("52.0")),
        records: 0,
        max_gap: 2,
        mistake: None,
        signal: Some(Signal::VolumeUp),
        reasons: vec![],
    };
    assert_eq!(user.report(), expected);
}

#[test]
fn two_workouts_of_a_day_are_one_day_of_training() {
    let report = User::on(&[0, 0, 3]).report();
    assert_eq!((report.workouts, report.training_days), (3, 2));
}

#[test]
fn the_week_is_from_monday_to_sunday() {
    let user = User::on(&[-1, 7]);
    let report = User {
        done: [-8, -1, 7]
            .map(|day| Done {
                day,
                kilograms: 100,
                ..Done::default()
            })
            .into(),
        ..user
    }
    .report();
    assert_eq!((report.workouts, report.max_gap), (0, 7));
    assert_eq!((report.volume, report.average_minutes), (decimal("0.0"), None));
    let report = User::on(&[0, 6]).moving(9, 0).report();
    assert_eq!((report.workouts, report.max_gap), (2, 5));
}

#[test]
fn nobody_misses_a_target_for_days_before_he_began() {
    let target = |days, began| User::on(&[]).aiming_at(days).began(began).report().week_target;
    // The day on which he began, and the target of the week for whoever aims at 3 and at 7.
    for (began, of_three, of_seven) in [
        (-1, 3, 7),
        (0, 3, 7),
        (1, 2, 6),
        (2, 2, 5),
        (3, 1, 4),
        (4, 1, 3),
        (5, 1, 2),
        (6, 1, 1),
        // Not yet.
        (7, 3, 7),
    ] {
        assert_eq!(
            (target(3, began), target(7, began)),
            (of_three, of_seven),
            "{began}"
        );
    }
    let never = Report::of(WEEK, TARGET, &Training::default(), &Bests::new());
    assert_eq!((never.week_target, never.max_gap), (3, 7));
    let newcomer = User::on(&[4, 6]).began(4).report();
    assert_eq!((newcomer.max_gap, newcomer.mistake), (1, None));
}

#[test]
fn a_week_says_enough_with_two_days_or_with_the_one_that_was_to_be_expected() {
    for (days, target, began, is_generated) in [
        (&[][..], 3, -300, false),
        (&[2], 3, -300, false),
        (&[2, 2], 3, -300, false),
        (&[2, 3], 3, -300, true),
        (&[2], 1, -300, true),
        (&[], 1, -300, false),
        (&[2], 2, -300, false),
        // Of three days a week one is to be expected from Thursday on, and two from Wednesday on.
        (&[3], 3, 3, true),
        (&[2], 3, 2, false),
    ] {
        let report = User::on(days).aiming_at(target).began(began).report();
        let status = if is_generated {
            "generated"
        } else {
            "insufficient_data"
        };
        assert_eq!(report.status(), status, "{days:?} {target} {began}");
    }
}

#[test]
fn where_there_is_too_little_to_tell_changes_and_praise_are_left_out() {
    let user = User {
        earlier: vec![(1, 100)],
        ..User::on(&[0]).moving(900, 2_000)
    };
    let mut done = user.done.clone();
    done.push(Done {
        exercise: 1,
        best: Some(200),
        ..Done::default()
    });
    let user = User { done, ..user };
    let told = user.report();
    assert_eq!((told.volume_delta_pct, told.signal), (None, None));
    // All else is as computed.
    assert_eq!(
        (told.volume, told.records, told.workouts, told.average_minutes),
        (decimal("900.0"), 1, 1, Some(decimal("50.0")))
    );
    assert_eq!(told.mistake, Some(Mistake::InconsistentTrainingDays));
    assert_eq!(
        keys(&told),
        ["missed_target", "long_gap", "inconsistent_training_days"]
    );
    let one_is_enough = user.aiming_at(1).report();
    assert_eq!(one_is_enough.volume_delta_pct, Some(decimal("-55.0")));
    assert_eq!(one_is_enough.signal, Some(Signal::PrHit));
}

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

fn users() -> impl Strategy<Value = User> {
    let done = (-20..10_i64, 1..5_u128, 0..5_000_i64, option::of(1..20_000_i64));
    (
        1..=7_i64,
        1..=120_i64,
        collection::vec((-20..10_i64, 0..400_i32), 0..40),
        -60..10_i64,
        collection::vec(done, 0..40),
        collection::vec((1..5_u128, 1..20_000_i64), 0..5),
    )
        .prop_map(|(days, minutes, workouts, began, done, earlier)| User {
            target: Target { days, minutes },
            workouts,
            began,
            done: done
                .into_iter()
                .map(|(day, exercise, kilograms, best)| Done {
                    day,
                    exercise,
                    kilograms,
                    best,
                })
                .collect(),
            earlier,
        })
}

proptest! {
    #[test]
    fn moved_by_whole_weeks_the_report_is_the_same(user in users(), weeks in 0..2_000_u64) {
        let moved = Week { start: after(WEEK.start, 7 * weeks) };
        prop_assert_eq!(user.report_in(moved), user.report());
    }

    #[test]
    fn a_report_agrees_with_itself(user in users()) {
        let report = user.report();
        prop_assert!(report.training_days <= 7 && report.training_days <= report.workouts);
        prop_assert!((1..=user.target.days).contains(&report.week_target));
        prop_assert!((0..=7).contains(&report.max_gap));
        prop_assert!((0..=4).contains(&report.records));
        let mut keys = keys(&report);
        if let Some(mistake) = report.mistake {
            prop_assert!(keys.contains(&mistake.key()), "{mistake:?} is among {keys:?}");
        }
        prop_assert_eq!(keys.contains(&"missed_target"), report.training_days < report.week_target);
        if keys.contains(&"long_gap") {
            prop_assert!(keys.contains(&"missed_target"), "who trains enough has no long gap");
        }
        prop_assert!(report.is_generated || report.signal.is_none() && report.volume_delta_pct.is_none());
        let said = keys.len();
        keys.sort_unstable();
        keys.dedup();
        prop_assert_eq!(keys.len(), said, "no reason twice");
    }

    #[test]
    fn what_lies_beyond_the_two_weeks_changes_nothing(user in users(), day in prop_oneof![Just(-8_i64), Just(7)]) {
        let user = User { began: -60, ..user };
        let report = user.report();
        let mut more = user;
        more.workouts.push((day, 299));
        more.done.push(Done { day, exercise: 1, kilograms: 1_000_000, best: Some(1_000_000) });
        prop_assert_eq!(more.report(), report);
    }

    #[test]
    fn one_more_workout_never_makes_a_week_worse(user in users(), day in 0..7_i64) {
        let user = User { began: -60, ..user };
        let (less, mut more) = (user.report(), user);
        more.workouts.push((day, 50));
        let more = more.report();
        prop_assert_eq!(more.workouts, less.workouts + 1);
        prop_assert!(more.training_days >= less.training_days && more.max_gap <= less.max_gap);
        prop_assert!(more.is_generated || !less.is_generated);
        if more.mistake == Some(Mistake::InconsistentTrainingDays) {
            prop_assert_eq!(less.mistake, more.mistake);
        }
    }
}
