//! Members for the tests of the rules, observed as the queries observe them.

use chrono::{NaiveDate, TimeDelta};
use proptest::{collection::vec, option, prelude::*};

use super::{Facts, Observed, RECENT_DAYS};

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// The day of the samples.
pub fn today() -> NaiveDate {
    day("2026-01-29")
}

/// The day that lies so many days before today; a negative number is a day in the future.
pub fn ago(days: i32) -> NaiveDate {
    today() - TimeDelta::days(days.into())
}

/// What the queries make of activities on these dates, in this order.
pub fn observe(joined_date: NaiveDate, last_visit_date: Option<NaiveDate>, visits: &[NaiveDate]) -> Observed {
    let agos = || {
        visits
            .iter()
            .map(|&visit| i32::try_from((today() - visit).num_days()).unwrap())
    };
    Observed {
        joined_date,
        last_visit_date,
        recent: agos().filter(|ago| (0..RECENT_DAYS).contains(ago)).collect(),
        older: agos().filter(|&ago| ago >= RECENT_DAYS).min().map(ago),
        future_activity: agos().any(|ago| ago < 0),
    }
}

/// The facts of a member who joined `t` days ago and came so many days ago.
pub fn facts(t: i32, visits: &[i32]) -> Facts {
    let visits: Vec<NaiveDate> = visits.iter().map(|&days| ago(days)).collect();
    Facts::of(today(), &observe(ago(t), None, &visits))
}

/// The dates of any member's visits, few or many, recent, old and in the future.
pub fn any_visits() -> impl Strategy<Value = Vec<NaiveDate>> {
    let one = prop_oneof![6 => 0..35, 4 => 0..RECENT_DAYS, 1 => -40..0, 1 => 80..700];
    prop_oneof![vec(one.clone(), 0..5), vec(one, 0..60)].prop_map(|agos| agos.into_iter().map(ago).collect())
}

/// Anybody whose membership has begun.
pub fn any_observed() -> impl Strategy<Value = Observed> {
    let joined = prop_oneof![0..100, 0..900];
    (joined, option::weighted(0.2, -40..400), any_visits())
        .prop_map(|(joined, last_visit, visits)| observe(ago(joined), last_visit.map(ago), &visits))
}

/// The facts of anybody whose membership has begun.
pub fn any_facts() -> impl Strategy<Value = Facts> {
    any_observed().prop_map(|observed| Facts::of(today(), &observed))
}
