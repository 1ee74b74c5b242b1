//! What changed much from one month to the next.

use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde::Serialize;

use crate::{rate::rounded, words};

/// With fewer active users in either month a change says nothing.
const ACTIVE_USERS: i64 = 20;

/// A smaller change is none, in percent.
const CHANGE_PCT: i64 = 10;

/// So many are told.
const INSIGHTS: usize = 5;

/// What is compared of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    pub mau: i64,
    pub new_users: i64,
    pub sessions_completed: i64,
    pub focus_seconds: i64,
    pub goals_completed: i64,
}

/// A figure that changed much.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Insight {
    pub metric: &'static str,
    pub previous: i64,
    pub current: i64,
    /// In percent, to one decimal.
    pub change_pct: f64,
    pub text: String,
}

/// What changed much from a month, if anything is known of it, to the next: the largest change first.
pub fn insights(previous: Option<Figures>, current: Figures) -> Vec<Insight> {
    let Some(previous) = previous.filter(|previous| previous.mau.min(current.mau) >= ACTIVE_USERS) else {
        return Vec::new();
    };
    let pairs = previous.named().into_iter().zip(current.named());
    let mut changes: Vec<(Decimal, Insight)> = pairs
        .filter_map(|((metric, label, previous), (_, _, current))| change(metric, label, previous, current))
        .collect();
    // It is stable: of equal changes the order of the figures stands.
    changes.sort_by_key(|(change, _)| std::cmp::Reverse(change.abs()));
    changes.truncate(INSIGHTS);
    changes.into_iter().map(|(_, insight)| insight).collect()
}

impl Figures {
    fn named(self) -> [(&'static str, &'static str, i64); 5] {
        [
            ("mau", "Active users", self.mau),
            ("new_users", "New users", self.new_users),
            ("sessions_completed", "Sessions", self.sessions_completed),
            ("focus_seconds", "Focus time", self.focus_seconds),
            ("goals_completed", "Goals completed", self.goals_completed),
        ]
    }
}

/// A figure's change in percent, exactly, and what is said of it. None: it is too small, or there was nothing before.
fn change(
    metric: &'static str,
    label: &'static str,
    previous: i64,
    current: i64,
) -> Option<(Decimal, Insight)> {
    let difference = Decimal::ONE_HUNDRED * (Decimal::from(current) - Decimal::from(previous));
    if previous <= 0 || difference.abs() < Decimal::from(CHANGE_PCT) * Decimal::from(previous) {
        return None;
    }
    let change = difference / Decimal::from(previous);
    let percent = rounded(change, 1).normalize();
    let said = |value: i64| match metric {
        "focus_seconds" => words::duration(value),
        _ => value.to_string(),
    };
    let verb = if change.is_sign_negative() { "fell" } else { "rose" };
    let insight = Insight {
        metric,
        previous,
        current,
        change_pct: percent.to_f64()?,
        text: format!(
            "{label} {verb} by {} % to {} (was {})",
            percent.abs(),
            said(current),
            said(previous)
        ),
    };
    Some((change, insight))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn figures([mau, new_users, sessions_completed, focus_seconds, goals_completed]: [i64; 5]) -> Figures {
        Figures {
            mau,
            new_users,
            sessions_completed,
            focus_seconds,
            goals_completed,
        }
    }

    fn told(previous: [i64; 5], current: [i64; 5]) -> Vec<String> {
        let insights = insights(Some(figures(previous)), figures(current));
        insights.into_iter().map(|insight| insight.text).collect()
    }

    #[test]
    fn changes_are_told_the_largest_first_and_of_equals_in_the_order_of_the_figures() {
        assert_eq!(
            told([20, 8, 300, 36_000, 40], [22, 4, 200, 47_700, 60]),
            [
                "New users fell by 50 % to 4 (was 8)",
                "Goals completed rose by 50 % to 60 (was 40)",
                "Sessions fell by 33.3 % to 200 (was 300)",
                "Focus time rose by 32.5 % to 13 h 15 min (was 10 h)",
                "Active users rose by 10 % to 22 (was 20)",
            ]
        );
    }

    #[test]
    fn small_changes_small_companies_and_months_before_nothing_are_not_told() {
        let none: [String; 0] = [];
        assert_eq!(
            told([1000, 0, 1000, 1000, 1000], [1099, 50, 901, 901, 1000]),
            none
        );
        assert_eq!(
            told([1000, 1, 1, 1, 1], [1100, 1, 1, 1, 1]).len(),
            1,
            "10 % is enough"
        );
        assert_eq!(
            told([19, 5, 5, 5, 5], [40, 9, 9, 9, 9]),
            none,
            "fewer than 20 before"
        );
        assert_eq!(
            told([40, 5, 5, 5, 5], [19, 9, 9, 9, 9]),
            none,
            "fewer than 20 now"
        );
        assert_eq!(insights(None, figures([100; 5])), []);
    }

    #[test]
    fn an_insight_is_kept_as_json() {
        let insights = insights(Some(figures([30, 7, 1, 1, 1])), figures([30, 9, 1, 1, 1]));
        let expected = json!([{
            "metric": "new_users", "previous": 7, "current": 9, "changePct": 28.6,
            "text": "New users rose by 28.6 % to 9 (was 7)",
        }]);
        assert_eq!(json!(insights), expected);
    }

    proptest! {
        #[test]
        fn whatever_changed_is_told_by_the_size_of_the_change(
            previous in prop::array::uniform5(0..=i64::MAX), current in prop::array::uniform5(0..=i64::MAX)
        ) {
            let insights = insights(Some(figures(previous)), figures(current));
            prop_assert!(insights.len() <= INSIGHTS);
            prop_assert!(insights.iter().all(|insight| insight.previous > 0));
            prop_assert!(insights.iter().all(|insight| insight.change_pct.abs() >= 10.0));
            prop_assert!(insights.is_sorted_by_key(|insight| -insight.change_pct.abs()));
        }
    }
}
