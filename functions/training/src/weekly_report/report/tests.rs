//! The report, by example, by near-misses, and by what holds of whatever it is given.

mod properties;
mod verdicts;

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
