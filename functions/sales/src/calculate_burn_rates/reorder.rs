//! How little stock calls for an order to the supplier: what is sold until it comes, and some more to be safe.

use chrono::{Days, NaiveDate};
use rust_decimal::Decimal;
use shared::job::Reason;

use super::{
    demand::{Demand, Figures, Pattern},
    figure::{rounded, whole},
    season::Season,
};

/// Standard deviations of safety stock by service level, both in thousandths: the normal distribution's quantiles.
const Z: [(i64, i64); 5] = [
    (900, 1_282),
    (950, 1_645),
    (975, 1_960),
    (990, 2_326),
    (995, 2_576),
];

/// Of intermittent demand, the share of past lead times that the stock would have lasted for.
const PERCENTILE: f64 = 0.95;

/// Receipts from which a supplier's own lead time is known.
const FEWEST_RECEIPTS: usize = 5;
/// A deviation that no supplier has: one receipt is dated wrongly by decades.
const SD_DAYS_MAX: f64 = 9_999.99;

/// How long a supplier takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lead {
    /// From order to receipt.
    pub days: i32,
    /// The deviation of that, with the two decimals that it is stored with.
    pub sd_days: f64,
}

impl Lead {
    /// What a supplier's receipts say. None: too few of them, or nothing that could be true.
    pub fn of(receipts: &[i64]) -> Option<Self> {
        if receipts.len() < FEWEST_RECEIPTS {
            return None;
        }
        let count = receipts.len() as f64;
        let mean = receipts.iter().sum::<i64>() as f64 / count;
        let squares: f64 = receipts.iter().map(|days| (*days as f64 - mean).powi(2)).sum();
        let sd = (squares / (count - 1.0)).sqrt();
        let lead = Self {
            days: (rounded(mean).round() as i32).max(1),
            sd_days: (rounded(sd) * 100.0).round() / 100.0,
        };
        (lead.sd_days <= SD_DAYS_MAX).then_some(lead)
    }
}

/// The standard deviations of a service level; none of one that the table does not know.
pub fn z(service_level: Decimal) -> Option<Decimal> {
    Z.iter()
        .find(|(level, _)| Decimal::new(*level, 3) == service_level)
        .map(|(_, z)| Decimal::new(*z, 3))
}

/// The stock at which to order.
///
/// # Errors
/// When no stock can be as large.
pub fn reorder_point(
    today: NaiveDate,
    demand: &Demand,
    figures: &Figures,
    season: &Season,
    lead: Lead,
    z: f64,
) -> Result<i32, Reason> {
    let expected = rounded(expected(today, figures.rate, figures.sd, season, lead, z)).ceil() as i64;
    let lasting = match figures.pattern {
        Pattern::Intermittent => lasting(&demand.series, lead.days),
        _ => None,
    };
    whole(expected.max(lasting.unwrap_or_default()), "reorder point")
}

/// What is sold from tomorrow until the goods come, with the safety stock.
fn expected(today: NaiveDate, rate: f64, sd: f64, season: &Season, lead: Lead, z: f64) -> f64 {
    let dates = today.iter_days().skip(1).take(lead.days.unsigned_abs() as usize);
    let sold = dates.map(|date| rate * season.of_date(date)).sum::<f64>();
    let variance = f64::from(lead.days) * sd.powi(2) + rate.powi(2) * lead.sd_days.powi(2);
    sold + z * variance.sqrt()
}

/// What was enough for most of the lead times that the series has. None: it has none.
fn lasting(series: &[i64], lead_days: i32) -> Option<i64> {
    let mut sums: Vec<i64> = series
        .windows(usize::try_from(lead_days).ok()?)
        .map(|days| days.iter().sum())
        .collect();
    sums.sort_unstable();
    let nearest_rank = rounded(PERCENTILE * sums.len() as f64).ceil() as usize;
    sums.get(nearest_rank.checked_sub(1)?).copied()
}

/// Days from today within which so much lasts for the lead time, its deviation included.
pub fn order_by(today: NaiveDate, days_of_supply: Decimal, lead: Lead) -> Option<NaiveDate> {
    let lasts = u64::try_from(days_of_supply.trunc()).ok()?;
    let needs = rounded(f64::from(lead.days) + lead.sd_days).ceil() as u64;
    today.checked_add_days(Days::new(lasts.saturating_sub(needs)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::calculate_burn_rates::{
        demand::samples::{demand, every, today},
        season::samples::flat,
    };

    const Z_95: f64 = 1.645;

    fn lead(days: i32, sd_days: f64) -> Lead {
        Lead { days, sd_days }
    }

    #[test]
    fn the_reorder_point_is_that_of_the_examples() {
        for (point, rate, sd, sd_days) in [
            (47, 5.0, 2.0, 1.0),
            (22, 2.0, 1.0, 2.0),
            (29, 2.0, 2.844_273, 2.0),
        ] {
            let expected = expected(today(), rate, sd, &flat(), lead(7, sd_days), Z_95);
            assert_eq!(rounded(expected).ceil() as i32, point);
        }
    }

    #[test]
    fn intermittent_demand_has_stock_for_most_lead_times_of_the_past() {
        let burst = [every(80, 8, 5), vec![40], vec![0; 9]].concat();
        let demand = demand(today(), &burst);
        let figures = demand.figures.unwrap();
        let point = |days| reorder_point(today(), &demand, &figures, &flat(), lead(days, 0.0), Z_95).unwrap();
        assert_eq!(
            lasting(&demand.series, 7),
            Some(45),
            "seven of the 84 have the burst, and one of them the five"
        );
        assert!(point(7) >= 45);
        assert_eq!(lasting(&demand.series, 90), Some(90), "once");
        assert_eq!(lasting(&demand.series, 91), None);
        assert_eq!(
            lasting(&(1..=20).collect::<Vec<_>>(), 1),
            Some(19),
            "the nearest rank"
        );
    }

    #[test]
    fn a_supplier_is_known_from_five_receipts_on() {
        assert_eq!(Lead::of(&[3; 4]), None);
        assert_eq!(Lead::of(&[2, 2, 3, 4, 4]), Some(lead(3, 1.0)));
        assert_eq!(
            Lead::of(&[3, 17, 10, 10, 10, 10, 10, 10, 10]),
            Some(lead(10, 3.5))
        );
        assert_eq!(Lead::of(&[0; 5]), Some(lead(1, 0.0)), "a day at least");
        assert_eq!(Lead::of(&[9, 9, 9, 9, 36_500]), None, "ordered a century ago");
        assert_eq!(
            Lead::of(&[10, 11, 10, 11, 10, 11]),
            Some(lead(11, 0.55)),
            "10.5 days"
        );
    }

    #[test]
    fn a_service_level_has_its_deviations() {
        assert_eq!(z(Decimal::new(95, 2)), Some(Decimal::new(1_645, 3)));
        assert_eq!(z(Decimal::new(91, 2)), None);
    }

    #[test]
    fn an_order_is_due_when_the_stock_lasts_for_the_lead_time_alone() {
        let due =
            |tenths, lead| (order_by(today(), Decimal::new(tenths, 1), lead).unwrap() - today()).num_days();
        assert_eq!(
            (
                due(149, lead(7, 2.0)),
                due(140, lead(7, 2.01)),
                due(80, lead(7, 2.0))
            ),
            (5, 4, 0)
        );
    }

    proptest! {
        #[test]
        fn more_demand_more_deviation_and_a_longer_wait_never_lower_the_point(
            rate in 0.01_f64..1e4, sd in 0.0_f64..1e4, days in 1_i32..200, sd_days in 0.0_f64..90.0,
            more in 0.0_f64..1e3, longer in 0_i32..100,
        ) {
            let point = |rate, sd, days, sd_days| {
                expected(today(), rate, sd, &flat(), Lead { days, sd_days }, Z_95)
            };
            let least = point(rate, sd, days, sd_days);
            prop_assert!(point(rate + more, sd, days, sd_days) >= least);
            prop_assert!(point(rate, sd + more, days, sd_days) >= least);
            prop_assert!(point(rate, sd, days + longer, sd_days) >= least);
            prop_assert!(point(rate, sd, days, sd_days + more) >= least);
        }
    }
}
