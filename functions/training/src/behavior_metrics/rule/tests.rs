//! The rule, by example, by near-misses, and by what holds of whatever it is given.

mod mistakes;
mod progress;
mod properties;

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
