//! How often a customer buys a product, and when it is due to do so again.

use chrono::{Days, NaiveDate};
use rust_decimal::Decimal;
use shared::job::Reason;

use super::figure::{rounded, stored};

/// The latest purchase dates that count, and how few say something.
const DATES: usize = 9;
const FEWEST_DATES: usize = 3;

/// Intervals that full confidence needs.
const CONFIDENT_INTERVALS: f64 = 5.0;

/// A pace, as it is stored.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    pub intervals: i32,
    pub average_interval_days: Decimal,
    pub interval_sd_days: Decimal,
    pub quantity_per_order: Decimal,
    pub last_order_date: NaiveDate,
    pub predicted_reorder_date: NaiveDate,
    pub confidence: Decimal,
}

impl Pace {
    /// What dates with their units, ascending, say. None: too few of them.
    ///
    /// # Errors
    /// When a figure cannot be stored.
    pub fn of(bought: &[(NaiveDate, i64)]) -> Result<Option<Self>, Reason> {
        let latest = &bought[bought.len().saturating_sub(DATES)..];
        let [(first, _), .., (last, _)] = *latest else {
            return Ok(None);
        };
        if latest.len() < FEWEST_DATES {
            return Ok(None);
        }
        let intervals = (latest.len() - 1) as f64;
        let average = (last - first).num_days() as f64 / intervals;
        let squares = latest
            .windows(2)
            .map(|pair| ((pair[1].0 - pair[0].0).num_days() as f64 - average).powi(2));
        let sd = (squares.sum::<f64>() / intervals).sqrt();
        let units: i64 = latest.iter().map(|(_, units)| units).sum();
        let confidence = (1.0 - sd / average).max(0.0) * (intervals / CONFIDENT_INTERVALS).min(1.0);
        Ok(Some(Self {
            intervals: intervals as i32,
            average_interval_days: stored(average, (8, 2), "average interval")?,
            interval_sd_days: stored(sd, (8, 2), "deviation of intervals")?,
            quantity_per_order: stored(units as f64 / latest.len() as f64, (12, 2), "quantity an order")?,
            last_order_date: last,
            predicted_reorder_date: last + Days::new(rounded(average).round() as u64),
            confidence: stored(confidence, (4, 3), "confidence")?,
        }))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FIRST: NaiveDate = NaiveDate::from_ymd_opt(2026, 9, 1).unwrap();

    /// So many units on the first date, and on each date after these intervals.
    fn bought(first: NaiveDate, intervals: &[u64], units: i64) -> Vec<(NaiveDate, i64)> {
        let mut date = first;
        let mut bought = vec![(date, units)];
        for days in intervals {
            date = date + Days::new(*days);
            bought.push((date, units));
        }
        bought
    }

    fn pace(intervals: &[u64]) -> Option<Pace> {
        Pace::of(&bought(FIRST, intervals, 6)).unwrap()
    }

    #[test]
    fn the_pace_is_that_of_the_example() {
        let expected = Pace {
            intervals: 3,
            average_interval_days: Decimal::new(1_600, 2),
            interval_sd_days: Decimal::new(283, 2),
            quantity_per_order: Decimal::new(600, 2),
            last_order_date: "2026-10-19".parse().unwrap(),
            predicted_reorder_date: "2026-11-04".parse().unwrap(),
            confidence: Decimal::new(494, 3),
        };
        assert_eq!(pace(&[14, 14, 20]), Some(expected));
    }

    #[test]
    fn a_pace_takes_three_dates_and_knows_nine() {
        assert_eq!((pace(&[]), pace(&[7])), (None, None));
        assert_eq!(Pace::of(&[]), Ok(None));
        let confidence =
            |intervals: &[u64]| pace(intervals).map(|pace| (pace.intervals, pace.confidence.to_string()));
        assert_eq!(confidence(&[7; 2]), Some((2, "0.400".into())));
        assert_eq!(confidence(&[7; 5]), Some((5, "1.000".into())));
        assert_eq!(
            confidence(&[50, 7, 7, 7, 7, 7, 7, 7, 7]),
            Some((8, "1.000".into())),
            "the first is forgotten"
        );
        assert_eq!(confidence(&[1, 1, 300]), Some((3, "0.000".into())));
    }

    #[test]
    fn a_quantity_that_no_column_holds_is_an_error() {
        let refused = Reason("its quantity an order is too large to be stored".into());
        assert_eq!(Pace::of(&bought(FIRST, &[7, 7], 10_000_000_000)), Err(refused));
    }

    proptest! {
        #[test]
        fn confidence_is_a_share_and_the_next_order_comes_after_the_last(
            intervals in prop::collection::vec(1_u64..200, 2..20), weeks in 0_u64..500
        ) {
            let known = pace(&intervals).unwrap();
            prop_assert!(known.confidence >= Decimal::ZERO && known.confidence <= Decimal::ONE);
            prop_assert!(known.predicted_reorder_date > known.last_order_date);
            // Whole weeks later, or any days for that matter, it is the same but for its dates.
            let later = Days::new(7 * weeks);
            let shifted = Pace::of(&bought(FIRST + later, &intervals, 6)).unwrap().unwrap();
            let expected = Pace {
                last_order_date: known.last_order_date + later,
                predicted_reorder_date: known.predicted_reorder_date + later,
                ..known
            };
            prop_assert_eq!(shifted, expected);
        }
    }
}
