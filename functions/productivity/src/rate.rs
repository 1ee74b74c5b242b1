//! Rates: what part of a whole something is, as the tables keep it.

use rust_decimal::{Decimal, RoundingStrategy};

/// Beyond it a table's rate (`numeric(6, 4)`) cannot be kept.
const RATE_END: Decimal = Decimal::ONE_HUNDRED;

/// Rounds to so many decimals, half away from zero.
pub fn rounded(value: Decimal, decimals: u32) -> Decimal {
    value.round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero)
}

/// A part of a whole, rounded to four decimals. None: the whole is nothing, or so small beside the part, a hundred
/// times smaller, that the two do not belong together.
pub fn rate(part: impl Into<Decimal>, whole: impl Into<Decimal>) -> Option<Decimal> {
    let rate = quotient(part, whole, 4)?;
    (rate < RATE_END).then_some(rate)
}

/// A quotient rounded to so many decimals. None: nothing is divided by nothing.
pub fn quotient(dividend: impl Into<Decimal>, divisor: impl Into<Decimal>, decimals: u32) -> Option<Decimal> {
    let quotient = dividend.into().checked_div(divisor.into())?;
    Some(rounded(quotient, decimals))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_rate_is_rounded_half_away_from_zero_to_four_decimals() {
        for (part, whole, expected) in [
            (0, 1, Some("0")),
            (1, 3, Some("0.3333")),
            (2, 3, Some("0.6667")),
            (1, 20_000, Some("0.0001")),
            (1, 20_001, Some("0")),
            (7, 7, Some("1")),
            (999_999, 10_000, Some("99.9999")),
            (9_999_995, 100_000, None),
            (100, 1, None),
            (5, 0, None),
            (0, 0, None),
        ] {
            let expected: Option<Decimal> = expected.map(|rate| rate.parse().unwrap());
            assert_eq!(rate(part, whole), expected, "{part} of {whole}");
        }
    }

    proptest! {
        #[test]
        fn a_part_of_a_whole_is_between_none_and_all_of_it(whole in 1..=i32::MAX, share in 0.0..=1.0f64) {
            let part = (f64::from(whole) * share) as i32;
            let rate = rate(part, whole).unwrap();
            prop_assert!(rate >= Decimal::ZERO && rate <= Decimal::ONE, "{part} of {whole}: {rate}");
        }
    }
}
