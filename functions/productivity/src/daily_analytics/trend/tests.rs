//! The rule at its bounds, and what holds of whatever is compared.

use proptest::{collection, prelude::*};

use super::*;

/// How a number is told against earlier ones.
fn told(current: i64, earlier: &[i64]) -> Option<String> {
    let earlier: Vec<Decimal> = earlier.iter().map(|value| Decimal::from(*value)).collect();
    let trend = Trend::of(current.into(), &earlier)?;
    Some(format!(
        "{} from {} {} {}",
        trend.change_pct.normalize(),
        trend.previous.normalize(),
        trend.direction,
        trend.level
    ))
}

#[test]
fn a_move_is_told_from_its_bounds_on() {
    for (current, earlier, expected) in [
        (25, 20, Some("25 from 20 up notable")),
        (24, 20, None),
        (26, 19, None),
        (80, 100, Some("-20 from 100 down notable")),
        (81, 100, None),
        (50, 100, Some("-50 from 100 down significant")),
        (51, 100, Some("-49 from 100 down notable")),
        (0, 20, Some("-100 from 20 down significant")),
        (50, 0, None),
    ] {
        assert_eq!(
            told(current, &[earlier]).as_deref(),
            expected,
            "{current} after {earlier}"
        );
    }
}

#[test]
fn a_mean_is_compared_before_it_is_rounded() {
    // 20.33…: a fifth of it is 4.06…, so that five decide.
    assert_eq!(told(25, &[20, 20, 21]), None, "4.66… more");
    assert_eq!(
        told(26, &[20, 20, 21]).as_deref(),
        Some("27.9 from 20.33 up notable")
    );
    // 33.33…: half of it is 16.66….
    assert_eq!(
        told(50, &[33, 33, 34]).as_deref(),
        Some("50 from 33.33 up significant")
    );
    assert_eq!(
        told(49, &[33, 33, 34]).as_deref(),
        Some("47 from 33.33 up notable")
    );
    assert_eq!(told(50, &[59, 0, 0]), None, "19.66… is less than 20");
}

#[test]
fn a_move_beyond_what_the_table_holds_is_its_highest() {
    assert_eq!(
        told(i64::MAX / 4, &[20]).as_deref(),
        Some("99999999.9 from 20 up significant")
    );
}

#[test]
fn four_weeks_need_three_values() {
    let day: NaiveDate = "2026-11-21".parse().unwrap();
    let values = |basis: Basis, ages: &[i64]| {
        let known = |date: NaiveDate| ages.contains(&(day - date).num_days());
        basis
            .values(day, |date| known(date).then_some(Decimal::ONE))
            .map(|values| values.len())
    };
    assert_eq!(values(Basis::LastWeek, &[7]), Some(1));
    assert_eq!(values(Basis::LastWeek, &[6, 8, 14]), None);
    assert_eq!(values(Basis::FourWeeks, &[7, 14, 21, 28]), Some(4));
    assert_eq!(values(Basis::FourWeeks, &[7, 21, 28]), Some(3));
    assert_eq!(values(Basis::FourWeeks, &[7, 21, 35]), None);
}

proptest! {
    #[test]
    fn the_mean_of_equal_weeks_is_the_week(current in 0..100_000_i64, previous in 0..100_000_i64, weeks in 1..4_usize) {
        prop_assert_eq!(told(current, &vec![previous; weeks]), told(current, &[previous]));
    }

    #[test]
    fn a_trend_agrees_with_itself(current in 0..10_000_i64, earlier in collection::vec(0..1_000_i64, 1..5)) {
        let earlier: Vec<Decimal> = earlier.iter().map(|value| Decimal::from(*value)).collect();
        if let Some(trend) = Trend::of(current.into(), &earlier) {
            let change = trend.change_pct;
            prop_assert_eq!(trend.direction == "up", change > Decimal::ZERO);
            prop_assert!(change.abs() >= Decimal::from(20));
            prop_assert!(change >= -Decimal::ONE_HUNDRED);
            prop_assert!(trend.level == "significant" || change.abs() <= Decimal::from(50));
        }
    }
}
