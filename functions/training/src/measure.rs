//! Measures of training: exact where rules compare them, rounded where they are stored and shown.

use rust_decimal::{Decimal, RoundingStrategy};

/// Rounds to so many decimals, half away from zero, and shows as many.
pub fn rounded(value: Decimal, decimals: u32) -> Decimal {
    let mut rounded = value.round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero);
    rounded.rescale(decimals);
    // There is no -0.0.
    if rounded.is_zero() {
        rounded.set_sign_positive(true);
    }
    rounded
}

/// Rounds to one decimal.
pub fn round1(value: Decimal) -> Decimal {
    rounded(value, 1)
}

/// "1 day", "2 days".
pub fn counted(count: i64, one: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        _ => format!("{count} {one}s"),
    }
}

/// The same quantity of two periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    pub before: Decimal,
    pub now: Decimal,
}

impl Change {
    /// In percent of what was before, rounded to one decimal. None: there was nothing before.
    pub fn percent(&self) -> Option<Decimal> {
        let difference = Decimal::ONE_HUNDRED * (self.now - self.before);
        (self.before > Decimal::ZERO).then(|| round1(difference / self.before))
    }

    /// Whether it rose by more than so many percent, of anything.
    pub fn is_above(&self, percent: i64) -> bool {
        self.before > Decimal::ZERO && self.beyond(percent) > Decimal::ZERO
    }

    /// Whether it changed by less than so many percent; negative ones are a fall by more.
    pub fn is_below(&self, percent: i64) -> bool {
        self.before > Decimal::ZERO && self.beyond(percent) < Decimal::ZERO
    }

    /// Whether it fell by so many percent or more.
    pub fn fell_by(&self, percent: i64) -> bool {
        self.before > Decimal::ZERO && self.beyond(-percent) <= Decimal::ZERO
    }

    /// How far it is beyond a change by so many percent: only the sign means anything.
    fn beyond(&self, percent: i64) -> Decimal {
        Decimal::ONE_HUNDRED * (self.now - self.before) - Decimal::from(percent) * self.before
    }
}

/// A mean of whole minutes, kept as the fraction that it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mean {
    sum: i64,
    count: i64,
}

impl Mean {
    /// None: of nothing there is no mean.
    pub fn of(values: impl Iterator<Item = i32>) -> Option<Self> {
        let none = Self { sum: 0, count: 0 };
        let mean = values.fold(none, |mean, value| Self {
            sum: mean.sum + i64::from(value),
            count: mean.count + 1,
        });
        (mean.count > 0).then_some(mean)
    }

    pub const fn is_below(self, minutes: i64) -> bool {
        self.sum < minutes * self.count
    }

    /// Whether it is greater than the other one by more than so many minutes.
    pub const fn exceeds(self, other: Self, by: i64) -> bool {
        self.sum * other.count > (other.sum + by * other.count) * self.count
    }

    /// With one decimal.
    pub fn rounded(self) -> Decimal {
        round1(Decimal::from(self.sum) / Decimal::from(self.count))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn mean(sum: i64, count: i64) -> Mean {
        Mean { sum, count }
    }

    #[test]
    fn halves_are_rounded_away_from_zero_and_a_zero_has_no_sign() {
        let table = [
            ("0.05", "0.1"),
            ("-0.05", "-0.1"),
            ("0.0499", "0.0"),
            ("-0.0499", "0.0"),
            ("2.25", "2.3"),
            ("7", "7.0"),
        ];
        for (value, expected) in table {
            assert_eq!(round1(decimal(value)).to_string(), expected, "{value}");
        }
    }

    #[test]
    fn one_is_singular() {
        let said = [0, 1, 2].map(|days| counted(days, "day"));
        assert_eq!(said, ["0 days", "1 day", "2 days"]);
    }

    #[test]
    fn a_change_is_compared_exactly_and_shown_rounded() {
        // Before, now, percent, above 10, below -15, fell by 25.
        let table = [
            ("100", "110", Some("10.0"), false, false, false),
            ("100", "110.01", Some("10.0"), true, false, false),
            ("100", "85", Some("-15.0"), false, false, false),
            ("100", "84.99", Some("-15.0"), false, true, false),
            ("100", "75.01", Some("-25.0"), false, true, false),
            ("100", "75", Some("-25.0"), false, true, true),
            ("0", "75", None, false, false, false),
            ("0", "0", None, false, false, false),
        ];
        for (before, now, percent, above, below, fell) in table {
            let change = Change {
                before: decimal(before),
                now: decimal(now),
            };
            assert_eq!(
                change.percent().map(|percent| percent.to_string()).as_deref(),
                percent
            );
            assert_eq!(
                (change.is_above(10), change.is_below(-15), change.fell_by(25)),
                (above, below, fell),
                "{change:?}"
            );
        }
    }

    #[test]
    fn a_mean_is_a_fraction() {
        assert_eq!(Mean::of([].into_iter()), None);
        let minutes = Mean::of([30, 30, 29].into_iter()).unwrap();
        assert_eq!(minutes.rounded().to_string(), "29.7");
        assert!(minutes.is_below(30) && !minutes.is_below(29));
        // 57.25 against 52 and 52.25.
        assert!(mean(229, 4).exceeds(mean(52, 1), 5));
        assert!(!mean(229, 4).exceeds(mean(209, 4), 5));
    }

    proptest! {
        #[test]
        fn a_change_is_above_or_below_or_just_so(before in 1..1_000_000_i64, now in 0..2_000_000_i64, percent in -100..100_i64) {
            let change = Change { before: Decimal::new(before, 2), now: Decimal::new(now, 2) };
            let exact = 100 * (now - before) == percent * before;
            let outcomes = [change.is_above(percent), change.is_below(percent), exact];
            prop_assert_eq!(outcomes.iter().filter(|outcome| **outcome).count(), 1);
            prop_assert_eq!(change.fell_by(-percent), !change.is_above(percent));
        }

        #[test]
        fn rounding_moves_by_half_a_tenth_at_most(hundredths in -1_000_000..1_000_000_i64) {
            let value = Decimal::new(hundredths, 3);
            prop_assert!((round1(value) - value).abs() <= Decimal::new(5, 2));
            prop_assert_eq!(round1(-value), -round1(value), "the same on both sides of zero");
        }
    }
}
