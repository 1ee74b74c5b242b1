//! What a member's visits say on a given day: the facts that all three jobs decide from.
//!
//! A visit is a calendar date, not a row: a date that stands there twice is one visit, and a date after
//! today is no visit yet.

use chrono::{Datelike, NaiveDate, TimeDelta};

/// How far back single visits are looked at, in days: three months of [`MONTH_DAYS`]. What lies before is
/// history, which nobody is judged by for ever; of it only the newest visit matters.
pub const RECENT_DAYS: i32 = 3 * MONTH_DAYS;

/// The month that visits are counted by, in days. All months are equally long, so that counts compare.
pub const MONTH_DAYS: i32 = 30;

/// What the database knows of one member's visits, as one row of a page brings it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    pub joined_date: NaiveDate,
    /// Set by imports; it may lie anywhere, in the future too, and need not have an activity.
    pub last_visit_date: Option<NaiveDate>,
    /// Days between today and each activity that is a visit, 0 to 89, in any order, duplicates included.
    pub recent: Vec<i32>,
    /// The newest activity that is a visit and more than 89 days old. It matters only where `recent` is
    /// empty, so a query may leave it out elsewhere.
    pub older: Option<NaiveDate>,
    /// Whether an activity that would be a visit is dated after today.
    pub future_activity: bool,
}

/// The facts of one member on one day. The short names are those of the formulas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    pub today: NaiveDate,
    /// Whether the membership has begun. Of a member for whom it has not, nothing else here means anything.
    pub started: bool,
    /// Days from joining to today. Joining is the oldest recent visit where that is earlier than the stored
    /// date, because imports often carry their own date as the date of joining.
    pub t: i32,
    /// Days since the newest visit of the whole history. None: never visited.
    pub d: Option<i32>,
    /// The days since each recent visit: distinct, ascending, 0 to 89.
    pub recent: Vec<i32>,
    /// Visits of the last 30 days.
    pub n1: i32,
    /// Visits of the 30 days before those.
    pub n2: i32,
    /// Visits of the 30 days before those.
    pub n3: i32,
    /// Whether a visit is dated in the future. It is ignored, and counted so that somebody mends it.
    pub future_date: bool,
}

impl Facts {
    /// Works out the facts of a member on `today`.
    pub fn of(today: NaiveDate, observed: &Observed) -> Self {
        let imported = observed.last_visit_date.filter(|&date| date <= today);
        let mut recent = observed.recent.clone();
        recent.extend(
            imported
                .map(|date| days_between(date, today))
                .filter(|&ago| ago < RECENT_DAYS),
        );
        recent.sort_unstable();
        recent.dedup();

        let d = match recent.first() {
            Some(&ago) => Some(ago),
            None => imported.max(observed.older).map(|date| days_between(date, today)),
        };
        let month = |number: i32| {
            recent
                .iter()
                .map(|ago| i32::from(ago / MONTH_DAYS == number))
                .sum()
        };
        let t = days_between(observed.joined_date, today).max(recent.last().copied().unwrap_or(0));

        Self {
            today,
            started: observed.joined_date <= today,
            t,
            d,
            n1: month(0),
            n2: month(1),
            n3: month(2),
            recent,
            future_date: observed.future_activity
                || observed.last_visit_date.is_some_and(|date| date > today),
        }
    }

    /// The date of the newest visit of the whole history.
    pub fn newest(&self) -> Option<NaiveDate> {
        self.d.map(|d| self.today - TimeDelta::days(d.into()))
    }

    /// Days between neighbouring recent visits: one number less than there are visits.
    pub fn gaps(&self) -> impl Iterator<Item = i32> + '_ {
        self.recent.windows(2).map(|pair| pair[1] - pair[0])
    }

    /// The length of the time that the member can be judged by, in days: today and those since joining.
    pub fn membership_days(&self) -> i32 {
        self.t + 1
    }

    /// The part of the last month that the member could have come in, in days: one who joined within it is
    /// not held to all of it, and never to less than a week, in which a single visit would be a habit.
    pub fn judged_days(&self) -> i32 {
        self.membership_days().clamp(7, MONTH_DAYS)
    }
}

/// A number of days as people read it: "1 day", "12 days".
pub fn days(count: i32) -> String {
    if count == 1 {
        "1 day".to_owned()
    } else {
        format!("{count} days")
    }
}

fn days_between(date: NaiveDate, later: NaiveDate) -> i32 {
    later.num_days_from_ce() - date.num_days_from_ce()
}

#[cfg(test)]
pub mod samples;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::samples::{ago, any_facts, any_observed, any_visits, day, facts, observe, today};
    use super::*;

    #[test]
    fn visits_are_distinct_dates_up_to_today() {
        // The example of the domain's description; its reply of 01-28 is no visit and never comes this far.
        let visits = ["2026-01-15", "2026-01-20", "2026-01-20", "2026-02-05"].map(day);
        let facts = Facts::of(today(), &observe(day("2026-01-15"), None, &visits));
        let expected = Facts {
            today: today(),
            started: true,
            t: 14,
            d: Some(9),
            recent: vec![9, 14],
            n1: 2,
            n2: 0,
            n3: 0,
            future_date: true,
        };
        assert_eq!(facts, expected);
        assert_eq!(facts.newest(), Some(day("2026-01-20")));
    }

    #[test]
    fn a_month_ends_after_its_30th_day_and_what_is_recent_after_the_90th() {
        let facts = facts(500, &[0, 29, 30, 59, 60, 89, 90]);
        assert_eq!((facts.n1, facts.n2, facts.n3), (2, 2, 2));
        assert_eq!(facts.recent, [0, 29, 30, 59, 60, 89]);
        assert!(facts.gaps().eq([29, 1, 29, 1, 29]));
    }

    #[test]
    fn the_imported_last_visit_is_a_visit_like_any_other() {
        let imported =
            |last_visit, visits: &[_]| Facts::of(today(), &observe(ago(400), Some(last_visit), visits));
        assert_eq!(
            imported(ago(5), &[ago(5), ago(8)]).recent,
            [5, 8],
            "the same as an activity"
        );
        assert_eq!(
            imported(ago(5), &[ago(8)]).recent,
            [5, 8],
            "newer than all activities"
        );
        assert_eq!(
            imported(ago(9), &[ago(8)]).recent,
            [8, 9],
            "older than an activity"
        );
        assert_eq!(imported(ago(0), &[]).d, Some(0), "today");
        assert_eq!(imported(ago(89), &[]).recent, [89], "just recent");
        assert_eq!(
            (imported(ago(90), &[]).d, imported(ago(90), &[]).recent),
            (Some(90), vec![]),
            "not recent"
        );
        assert_eq!(
            imported(ago(95), &[ago(100)]).d,
            Some(95),
            "the newer of two old ones"
        );
        assert_eq!(
            imported(ago(100), &[ago(95)]).d,
            Some(95),
            "the newer of two old ones"
        );
        let future = imported(ago(-1), &[ago(8)]);
        assert_eq!((future.d, future.future_date), (Some(8), true), "in the future");
    }

    #[test]
    fn without_any_visit_the_absence_is_unknown_and_not_zero() {
        let facts = facts(12, &[]);
        assert_eq!((facts.d, facts.newest(), facts.t), (None, None, 12));
        assert_eq!(
            super::samples::facts(12, &[-1]).d,
            None,
            "a date in the future is no visit"
        );
    }

    #[test]
    fn a_recent_visit_before_joining_moves_joining_back_but_an_old_one_does_not() {
        assert_eq!(facts(10, &[3, 80]).t, 80);
        assert_eq!(facts(10, &[3, 90]).t, 10);
        assert_eq!(facts(85, &[3, 80]).t, 85);
    }

    #[test]
    fn membership_begins_on_the_day_of_joining() {
        assert!(facts(0, &[]).started);
        assert!(!facts(-1, &[9]).started, "whatever was before");
    }

    #[test]
    fn a_member_is_judged_by_a_week_at_least_and_a_month_at_most() {
        let judged = [0, 6, 7, 29, 30, 400].map(|t| facts(t, &[]).judged_days());
        assert_eq!(judged, [7, 7, 8, 30, 30, 30]);
    }

    #[test]
    fn one_day_is_singular() {
        assert_eq!([0, 1, 2].map(days), ["0 days", "1 day", "2 days"]);
    }

    proptest! {
        #[test]
        fn neither_order_nor_duplicates_matter(
            (visits, shuffled) in any_visits().prop_flat_map(|visits| {
                let twice = [visits.clone(), visits.clone()].concat();
                (Just(visits), Just(twice).prop_shuffle())
            }),
            joined in 0..900,
        ) {
            let facts_of = |visits: &[_]| Facts::of(today(), &observe(ago(joined), None, visits));
            prop_assert_eq!(facts_of(&visits), facts_of(&shuffled));
        }

        #[test]
        fn dates_in_the_future_change_nothing_but_the_mark(
            visits in any_visits(), joined in 0..900, last_visit in -40..400, future in 1..4000_i32,
        ) {
            let facts_of = |last_visit: i32, visits: &[_]| {
                Facts::of(today(), &observe(ago(joined), (last_visit >= 0).then(|| ago(last_visit)), visits))
            };
            let with_future = [&visits[..], &[ago(-future)]].concat();
            let marked = facts_of(last_visit, &with_future);
            prop_assert!(marked.future_date);
            prop_assert_eq!(
                Facts { future_date: false, ..marked },
                Facts { future_date: false, ..facts_of(last_visit, &visits) }
            );
        }

        #[test]
        fn a_query_may_leave_out_the_older_visit_where_there_is_a_recent_one(observed in any_observed()) {
            prop_assume!(!observed.recent.is_empty());
            let without = Observed { older: None, ..observed.clone() };
            prop_assert_eq!(Facts::of(today(), &observed), Facts::of(today(), &without));
        }

        #[test]
        fn an_imported_date_is_worth_an_activity_on_it(visits in any_visits(), joined in 0..900, date in -40..400) {
            let with_activity = [&visits[..], &[ago(date)]].concat();
            prop_assert_eq!(
                Facts::of(today(), &observe(ago(joined), Some(ago(date)), &visits)),
                Facts::of(today(), &observe(ago(joined), None, &with_activity))
            );
        }

        #[test]
        fn the_facts_agree_with_each_other(facts in any_facts()) {
            prop_assert!(facts.recent.is_sorted_by(|one, next| one < next), "distinct and ascending");
            prop_assert_eq!(usize::try_from(facts.n1 + facts.n2 + facts.n3).unwrap(), facts.recent.len());
            prop_assert_eq!(facts.gaps().count(), facts.recent.len().saturating_sub(1));
            prop_assert_eq!(facts.d.is_some_and(|d| d < RECENT_DAYS), !facts.recent.is_empty());
            prop_assert!(facts.recent.iter().all(|&ago| facts.d <= Some(ago) && ago <= facts.t));
        }
    }
}
