//! The rule, by example, by near-misses, and by what holds of whatever it is given.

mod examples;
mod mistakes;
mod progress;
mod properties;
mod verdicts;

use std::collections::BTreeMap;

use super::*;
use crate::history::Effort;

const TARGET: Target = Target { days: 3, minutes: 45 };

/// A Tuesday.
fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 2, 3).unwrap()
}

/// Somebody's training. Days are counted back from today: 1 is yesterday.
#[derive(Debug, Clone)]
struct User {
    target: Target,
    /// The days of training, and how many minutes each was.
    trained: BTreeMap<u64, i32>,
    /// The first day of all, where it is earlier than those.
    began: u64,
    done: Vec<Done>,
}

/// What was done of an exercise on a day.
#[derive(Debug, Clone, Copy, Default)]
struct Done {
    ago: u64,
    exercise: u128,
    kilograms: i64,
    sets: i64,
    best: Option<i64>,
}

impl User {
    /// Somebody who trained on these days, 50 minutes each time.
    fn on(days: &[u64]) -> Self {
        Self {
            target: TARGET,
            trained: days.iter().map(|ago| (*ago, 50)).collect(),
            began: 0,
            done: Vec::new(),
        }
    }

    /// Somebody who trained on these days of each of eight weeks.
    fn weekly(days: &[u64]) -> Self {
        let weeks: Vec<u64> = (0..8)
            .flat_map(|week| days.iter().map(move |ago| ago + 7 * week))
            .collect();
        Self::on(&weeks)
    }

    fn aiming_at(mut self, days: i64) -> Self {
        self.target.days = days;
        self
    }

    fn minutes(mut self, minutes: i32) -> Self {
        self.trained.values_mut().for_each(|of_day| *of_day = minutes);
        self
    }

    /// With so many kilograms and sets yesterday and eight days ago.
    fn of_two_weeks(mut self, now: (i64, i64), before: (i64, i64)) -> Self {
        self.done = [(1, now), (8, before)]
            .map(|(ago, (kilograms, sets))| Done {
                ago,
                kilograms,
                sets,
                ..Done::default()
            })
            .into();
        self
    }

    /// Also with a session that is out of the ordinary in all that can be told of it.
    fn and_much_on(mut self, ago: u64) -> Self {
        self.trained.insert(ago, 299);
        self.done.extend((1..5).map(|exercise| Done {
            ago,
            exercise,
            kilograms: 1_000_000,
            sets: 1_000,
            best: Some(1_000_000),
        }));
        self
    }

    fn anchor(&self) -> u64 {
        u64::from(!self.trained.contains_key(&0))
    }

    fn training(&self, today: NaiveDate) -> Training {
        let date = |ago| before(today, ago);
        Training::of(
            self.trained.iter().map(|(ago, minutes)| (date(*ago), *minutes)),
            self.done.iter().map(|done| {
                Effort::of(
                    date(done.ago),
                    done.exercise,
                    done.kilograms,
                    done.sets,
                    done.best,
                )
            }),
        )
    }

    fn metrics_at(&self, today: NaiveDate) -> Metrics {
        let days = || self.trained.keys().copied();
        let first = days().max().unwrap_or_default().max(self.began);
        let last = days().min().unwrap_or(first);
        let date = |ago| before(today, ago);
        Metrics::of(today, self.target, date(first), date(last), &self.training(today))
    }

    fn metrics(&self) -> Metrics {
        self.metrics_at(today())
    }
}

fn keys(reasons: &[Reason]) -> Vec<&'static str> {
    reasons.iter().map(|reason| reason.key).collect()
}

fn change(before: i64, now: i64) -> Change {
    Change {
        before: before.into(),
        now: now.into(),
    }
}

fn mean(minutes: &[i32]) -> Option<Mean> {
    Mean::of(minutes.iter().copied())
}

#[test]
fn everything_that_is_measured_is_of_its_own_window() {
    let user = User::weekly(&[1, 4, 6])
        .minutes(52)
        .of_two_weeks((9_000, 36), (8_800, 30));
    let expected = Metrics {
        days_last_7: 3,
        days_last_14: 6,
        volume_last_7: "9000.0".parse().unwrap(),
        volume_prev_7: "8800.0".parse().unwrap(),
        volume_delta_pct: Some("2.3".parse().unwrap()),
        sets_last_7: 36,
        sets_prev_7: 30,
        average_minutes: Some("52.0".parse().unwrap()),
        max_gap: 2,
        current_gap: 0,
        skip_day: Some(Weekday::Tue),
        consistency: "100.0".parse().unwrap(),
        dropout: Level::Low,
        burnout: Level::Low,
        momentum: Momentum::Stable,
        adherence: Adherence::Consistent,
        mistake: None,
        reasons: vec![],
    };
    assert_eq!(user.metrics(), expected);
}

#[test]
fn the_day_of_the_run_counts_once_somebody_has_trained_on_it() {
    // Days, and the days of training in a week, those in two weeks, the current gap and the weekday skipped most.
    let table: [(&[u64], _); 4] = [
        (&[7, 14], (1, 2, 6, Some(Weekday::Mon))),
        (&[0, 7, 14], (1, 2, 0, Some(Weekday::Mon))),
        (&[8, 15], (0, 1, 7, Some(Weekday::Tue))),
        (&[0], (1, 1, 0, None)),
    ];
    for (days, expected) in table {
        let metrics = User::on(days).metrics();
        let found = (
            metrics.days_last_7,
            metrics.days_last_14,
            metrics.current_gap,
            metrics.skip_day,
        );
        assert_eq!(found, expected, "{days:?}");
    }
}

#[test]
fn sessions_are_averaged_over_two_weeks() {
    let average = |days: &[u64]| User::on(days).metrics().average_minutes;
    assert_eq!(average(&[14]), Some("50.0".parse().unwrap()));
    assert_eq!(average(&[15]), None);
}

#[test]
fn who_has_not_trained_for_long_is_measured_by_what_there_is() {
    // Nothing of what was read back to is left of him.
    let user = User {
        began: 60,
        ..User::on(&[])
    };
    let metrics = user.metrics();
    assert_eq!((metrics.max_gap, metrics.current_gap), (30, 59));
    assert_eq!((metrics.days_last_14, metrics.average_minutes), (0, None));
    assert_eq!(
        (metrics.dropout, metrics.adherence),
        (Level::High, Adherence::Sporadic)
    );
}
