//! What holds of whatever the rule is given.

use proptest::{collection, option, prelude::*};

use super::*;

fn users() -> impl Strategy<Value = User> {
    let done = (
        0..60_u64,
        1..5_u128,
        0..5_000_i64,
        0..20_i64,
        option::of(1..20_000_i64),
    );
    (
        1..=7_i64,
        1..=120_i64,
        collection::btree_map(0..60_u64, 0..400_i32, 1..45),
        0..90_u64,
        collection::vec(done, 0..60),
    )
        .prop_map(|(days, minutes, trained, began, done)| User {
            target: Target { days, minutes },
            trained,
            began,
            done: done
                .into_iter()
                .map(|(ago, exercise, kilograms, sets, best)| Done {
                    ago,
                    exercise,
                    kilograms,
                    sets,
                    best,
                })
                .collect(),
        })
}

/// Without what depends on weekdays: who trains on weekends may have long gaps.
fn but_for_weekdays(metrics: Metrics) -> Metrics {
    let reasons = metrics.reasons.into_iter();
    Metrics {
        skip_day: None,
        adherence: Adherence::Consistent,
        mistake: None,
        reasons: reasons
            .filter(|reason| !["long_gap", "inconsistent_training_days"].contains(&reason.key))
            .collect(),
        ..metrics
    }
}

/// Without the days since the last training, which no window bounds.
fn of_windows(metrics: Metrics) -> Metrics {
    Metrics {
        current_gap: 0,
        ..metrics
    }
}

/// Without what more than two weeks are looked at for.
fn of_two_weeks(metrics: Metrics) -> Metrics {
    Metrics {
        max_gap: 0,
        ..of_windows(but_for_weekdays(metrics))
    }
}

proptest! {
    #[test]
    fn moved_by_whole_weeks_everything_is_the_same(user in users(), weeks in 0..2_000_u64) {
        prop_assert_eq!(user.metrics_at(before(today(), 7 * weeks)), user.metrics());
    }

    #[test]
    fn moved_by_days_everything_but_weekdays_is_the_same(user in users(), days in 0..2_000_u64) {
        prop_assert_eq!(
            but_for_weekdays(user.metrics_at(before(today(), days))),
            but_for_weekdays(user.metrics())
        );
    }

    #[test]
    fn a_workout_one_day_before_a_window_is_not_in_it(user in users()) {
        let user = User { began: 100, ..user };
        let anchor = user.anchor();
        let found = user.metrics();
        prop_assert_eq!(of_windows(user.clone().and_much_on(anchor + 42).metrics()), of_windows(found.clone()));

        // The lifts of six weeks are beside the point.
        let without_progress = |user: User| {
            let done = user.done.into_iter().map(|done| Done { best: None, ..done });
            of_two_weeks(User { done: done.collect(), ..user }.metrics())
        };
        prop_assert_eq!(
            without_progress(user.clone().and_much_on(anchor + 14)),
            without_progress(user.clone())
        );
        prop_assert_eq!(user.clone().and_much_on(anchor + 30).metrics().max_gap, found.max_gap);
        prop_assert_eq!(user.clone().and_much_on(anchor + 28).metrics().skip_day, found.skip_day);

        let of_week = |metrics: &Metrics| (metrics.days_last_7, metrics.volume_last_7, metrics.sets_last_7);
        let week_before = user.clone().and_much_on(anchor + 7).metrics();
        prop_assert_eq!(of_week(&week_before), of_week(&found));
        prop_assert!(week_before.volume_prev_7 > found.volume_prev_7);
        for ago in [anchor, anchor + 6] {
            let this_week = user.clone().and_much_on(ago).metrics();
            prop_assert!(this_week.volume_last_7 > found.volume_last_7 && this_week.sets_last_7 > found.sets_last_7);
            prop_assert_eq!(this_week.volume_prev_7, found.volume_prev_7);
        }
        let two_weeks = user.and_much_on(anchor + 13).metrics();
        prop_assert!(two_weeks.volume_prev_7 > found.volume_prev_7);
    }

    #[test]
    fn one_more_day_of_training_never_lowers_consistency_nor_raises_the_risk_of_dropping_out(
        user in users(),
        ago in 0..60_u64,
    ) {
        let user = User { began: 60, ..user };
        let (less, mut more) = (user.metrics(), user);
        more.trained.insert(ago, 50);
        let more = more.metrics();
        prop_assert!(more.consistency >= less.consistency);
        prop_assert!(more.dropout <= less.dropout);
        prop_assert!(more.max_gap <= less.max_gap);
        prop_assert!(more.burnout >= less.burnout || less.burnout == Level::Medium);
    }

    #[test]
    fn verdicts_agree_with_what_they_are_told_from(user in users()) {
        let metrics = user.metrics();
        prop_assert!(metrics.days_last_7 <= 7 && metrics.days_last_14 <= 14);
        prop_assert!(metrics.days_last_7 <= metrics.days_last_14);
        prop_assert!((Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(&metrics.consistency));
        prop_assert!((0..=30).contains(&metrics.max_gap) && metrics.current_gap >= 0);
        prop_assert_eq!(metrics.days_last_14 == 0, metrics.current_gap >= 14);
        let mut keys = keys(&metrics.reasons);
        if let Some(mistake) = metrics.mistake {
            prop_assert!(keys.contains(&mistake.key()), "{mistake:?} is among {keys:?}");
        }
        let said = keys.len();
        keys.sort_unstable();
        keys.dedup();
        prop_assert_eq!(keys.len(), said, "no reason twice");
    }
}
