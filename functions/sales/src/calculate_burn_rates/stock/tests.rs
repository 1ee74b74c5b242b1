use proptest::prelude::*;

use super::*;
use crate::calculate_burn_rates::demand::samples::today;

/// Units below which a product without history is low.
const DEFAULT: i32 = 10;

/// Due so many days after the Unix epoch, which is today.
fn inbound(units: i32, days: Option<i64>) -> Inbound {
    let expected_at = days.map(|days| DateTime::UNIX_EPOCH + chrono::TimeDelta::days(days));
    Inbound { units, expected_at }
}

fn days_until(at: DateTime<Utc>) -> i64 {
    (at - DateTime::UNIX_EPOCH).num_days()
}

fn stock(available: i32, inbound: Vec<Inbound>) -> Stock {
    Stock {
        available,
        inventory_position: available + inbound.iter().map(|inbound| inbound.units).sum::<i32>(),
        inbound,
    }
}

/// A burn rate in tenths.
fn known(tenths: i64, reorder_point: i32) -> Need {
    Need::Known {
        burn_rate: Decimal::new(tenths, 1),
        reorder_point,
    }
}

fn found(stock: &Stock, need: Need) -> Option<Alert> {
    let days = need.days_of_supply(stock.available).map(|days| days.round_dp(1));
    stock.alert(need, DEFAULT, days, days_until)
}

fn condition(available: i32, need: Need) -> Option<(Kind, Severity)> {
    found(&stock(available, vec![]), need).map(|alert| (alert.kind, alert.severity))
}

#[test]
fn an_alert_has_the_type_and_severity_of_the_table() {
    use Kind::{LowStock, OutOfStock, Overstocked};
    use Severity::{Critical, Info, Warning};
    let nothing = |is_whole_window| Need::Nothing { is_whole_window };
    for (available, need, expected) in [
        (0, known(50, 52), Some((OutOfStock, Critical))),
        (25, known(50, 52), Some((LowStock, Critical))),
        (26, known(50, 52), Some((LowStock, Warning))),
        (51, known(50, 52), Some((LowStock, Warning))),
        (52, known(50, 52), Some((LowStock, Info))),
        (69, known(50, 52), Some((LowStock, Info))),
        (70, known(50, 52), None),
        (900, known(50, 52), None),
        (901, known(50, 52), Some((Overstocked, Info))),
        (1_825, known(50, 52), Some((Overstocked, Info))),
        (1_826, known(50, 52), Some((Overstocked, Warning))),
        (0, nothing(true), None),
        (1, nothing(true), Some((Overstocked, Info))),
        (1, nothing(false), None),
        (0, Need::Unknown, Some((OutOfStock, Warning))),
        (9, Need::Unknown, Some((LowStock, Info))),
        (10, Need::Unknown, None),
    ] {
        assert_eq!(condition(available, need), expected, "{available} {need:?}");
    }
}

#[test]
fn what_comes_before_the_stock_is_gone_lowers_the_severity() {
    let severity = |inbound| found(&stock(25, inbound), known(50, 52)).map(|alert| alert.severity);
    for (lowered, units, days) in [
        (true, 27, Some(0)),
        (true, 27, Some(5)),
        (false, 26, Some(5)),
        (false, 27, Some(6)),
        (false, 27, Some(-1)),
        (false, 27, None),
    ] {
        let expected = if lowered {
            Severity::Warning
        } else {
            Severity::Critical
        };
        assert_eq!(
            severity(vec![inbound(units, days)]),
            Some(expected),
            "{units} {days:?}"
        );
    }
    assert_eq!(
        severity(vec![inbound(13, Some(1)), inbound(14, Some(2))]),
        Some(Severity::Warning),
        "together"
    );
    let over = found(&stock(2_000, vec![inbound(1, Some(0))]), known(50, 52)).unwrap();
    assert_eq!(
        over.severity,
        Severity::Warning,
        "too much is not made better by more"
    );
}

#[test]
fn an_open_alert_stays_until_the_stock_is_a_tenth_above_what_is_low() {
    let alert = |available, need| found(&stock(available, vec![]), need).unwrap();
    let low = alert(40, known(50, 87));
    let over = alert(2_000, known(50, 87));
    let steps = |available, need, open: &[&Alert]| {
        let (stock, open) = (
            stock(available, vec![]),
            open.iter().copied().cloned().collect::<Vec<_>>(),
        );
        stock.steps(&open, found(&stock, need), need, DEFAULT)
    };
    let resolved = vec![Step::Resolve(Family::Stock)];
    assert_eq!(steps(95, known(50, 87), &[&low]), []);
    assert_eq!(steps(96, known(50, 87), &[&low]), resolved);
    assert_eq!(steps(10, Need::Unknown, &[&low]), []);
    assert_eq!(steps(11, Need::Unknown, &[&low]), resolved);
    assert_eq!(
        steps(
            0,
            Need::Nothing {
                is_whole_window: true
            },
            &[&low]
        ),
        resolved
    );
    assert_eq!(
        steps(95, known(50, 87), &[&over]),
        [Step::Resolve(Family::Over)],
        "at once"
    );
    let both = [
        Step::Resolve(Family::Over),
        Step::Update(alert(41, known(50, 87))),
    ];
    assert_eq!(steps(41, known(50, 87), &[&low, &over]), both);
    assert_eq!(steps(40, known(50, 87), &[&low]), [], "unchanged");
    assert_eq!(steps(40, known(50, 87), &[]), [Step::Open(low)]);
}

#[test]
fn a_recommendation_fills_up_whole_cases() {
    let lead = Lead {
        days: 7,
        sd_days: 2.0,
    };
    let order = |stock: Stock, need, case| stock.recommendation(need, today(), lead, 14, case);
    let given = order(stock(30, vec![]), known(50, 47), Some(12))
        .unwrap()
        .unwrap();
    assert_eq!(
        (given.quantity, given.order_by, given.is_out_of_stock),
        (96, today(), false)
    );
    let without_case = order(stock(30, vec![]), known(50, 47), None).unwrap().unwrap();
    assert_eq!(without_case.quantity, 87);
    assert_eq!(
        order(stock(47, vec![]), known(50, 47), None)
            .unwrap()
            .unwrap()
            .quantity,
        70,
        "at the point"
    );
    assert_eq!(order(stock(48, vec![]), known(50, 47), None), Ok(None));
    assert_eq!(
        order(stock(30, vec![inbound(18, None)]), known(50, 47), None),
        Ok(None),
        "it is on order"
    );
    assert_eq!(order(stock(0, vec![]), Need::Unknown, None), Ok(None));
    let refused = Err(Reason(
        "its recommended quantity is too large to be stored".into(),
    ));
    assert_eq!(
        order(stock(0, vec![]), known(i64::from(i32::MAX), i32::MAX), None),
        refused
    );
}

#[test]
fn a_message_names_the_product_and_its_figures() {
    let low = found(&stock(25, vec![]), known(50, 52)).unwrap();
    assert_eq!(
        low.message("W-1", "Rioja"),
        "Low stock: W-1 Rioja. Available: 25, reorder point: 52, days of supply: 5.0."
    );
    let unknown = found(&stock(0, vec![]), Need::Unknown).unwrap();
    assert_eq!(
        unknown.message("W-1", "Rioja"),
        "Out of stock: W-1 Rioja. Available: 0, reorder point: unknown, days of supply: unknown."
    );
}

proptest! {
    #[test]
    fn an_alert_follows_from_rate_stock_and_point(
        available in 0_i32..5_000, tenths in 1_i64..1_000, reorder_point in 0_i32..1_000,
    ) {
        let need = known(tenths, reorder_point);
        let tenfold_days = |days: i64| days * tenths;
        let a = i64::from(available) * 10;
        let is_low = available < reorder_point || available == 0 || a < tenfold_days(14);
        match condition(available, need) {
            Some((kind, severity)) => {
                prop_assert_eq!(kind.family() == Family::Stock, is_low);
                prop_assert_eq!(kind == Kind::OutOfStock, available == 0);
                prop_assert_eq!(severity == Severity::Critical, 2 * available < reorder_point || available == 0);
            }
            None => prop_assert!(!is_low && a <= tenfold_days(180)),
        }
    }

    #[test]
    fn a_family_never_has_two_open_alerts(
        nights in prop::collection::vec((0_i32..200, 0_i64..100, 0_i32..100, any::<bool>()), 1..20)
    ) {
        let mut open: Vec<Alert> = vec![];
        for (available, tenths, reorder_point, is_unknown) in nights {
            let need = match tenths {
                _ if is_unknown => Need::Unknown,
                0 => Need::Nothing { is_whole_window: true },
                _ => known(tenths, reorder_point),
            };
            let stock = stock(available, vec![]);
            for step in stock.steps(&open, found(&stock, need), need, DEFAULT) {
                let others = open.iter().filter(|open| open.kind.family() != step.family()).cloned();
                let was_open = others.clone().count() < open.len();
                prop_assert_eq!(matches!(step, Step::Open(_)), !was_open);
                open = others.chain(step.alert().cloned()).collect();
            }
            prop_assert_eq!(stock.steps(&open, found(&stock, need), need, DEFAULT), [], "a second run");
        }
    }

    #[test]
    fn an_order_is_of_whole_cases_and_lifts_the_position_to_the_point(
        available in 0_i32..1_000, tenths in 1_i64..10_000, reorder_point in 0_i32..5_000, case in 1_i32..50,
    ) {
        let lead = Lead { days: 7, sd_days: 2.0 };
        let stock = stock(available, vec![]);
        let order = stock.recommendation(known(tenths, reorder_point), today(), lead, 14, Some(case)).unwrap();
        prop_assert_eq!(order.is_some(), available <= reorder_point);
        if let Some(order) = order {
            prop_assert_eq!(order.quantity % case, 0);
            prop_assert!(available + order.quantity >= reorder_point);
            prop_assert!(order.order_by >= today());
        }
    }
}
