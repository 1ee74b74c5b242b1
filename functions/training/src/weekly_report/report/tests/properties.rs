//! What holds of whatever a report is made of.

use proptest::{collection, option, prelude::*};

use super::*;

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
