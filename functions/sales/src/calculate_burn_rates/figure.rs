//! Computed figures, and how they are compared and stored.

use rust_decimal::{Decimal, RoundingStrategy};
use shared::job::Reason;

/// Decimals that a computed figure is good for when it is compared, rounded up or rounded down.
const MILLIONTHS: f64 = 1e6;

/// Decimals of what is stored before it is rounded to its column: enough to tell a half from its noise.
const NOISE: u32 = 9;

/// A computed figure as it is compared, rounded up and rounded down: 47.0000000001 is 47.
pub fn rounded(figure: f64) -> f64 {
    (figure * MILLIONTHS).round() / MILLIONTHS
}

/// A figure for a column `numeric(precision, scale)`, rounded half away from zero.
///
/// # Errors
/// When the column cannot hold it; `what` names it in the sentence.
pub fn stored(figure: f64, (precision, scale): (u32, u32), what: &str) -> Result<Decimal, Reason> {
    let billionths = (figure * 10_f64.powi(NOISE.cast_signed())).round();
    // Far below the end of what a decimal holds, far above what any column does.
    if billionths.abs() < 1e27 {
        let exact = Decimal::from_i128_with_scale(billionths as i128, NOISE);
        return fitting(exact, (precision, scale), what);
    }
    Err(too_large(what))
}

/// As [`stored`], of an exact figure.
pub fn fitting(figure: Decimal, (precision, scale): (u32, u32), what: &str) -> Result<Decimal, Reason> {
    let rounded = figure.round_dp_with_strategy(scale, RoundingStrategy::MidpointAwayFromZero);
    if rounded.abs() < Decimal::from(10_u64.pow(precision - scale)) {
        return Ok(rounded);
    }
    Err(too_large(what))
}

/// A whole figure for a column `integer`.
///
/// # Errors
/// When the column cannot hold it.
pub fn whole(figure: i64, what: &str) -> Result<i32, Reason> {
    i32::try_from(figure).map_err(|_| too_large(what))
}

pub fn too_large(what: &str) -> Reason {
    format!("its {what} is too large to be stored").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_gone_before_a_figure_is_compared() {
        assert_eq!(rounded(47.000_000_000_1).ceil(), 47.0);
        assert_eq!(rounded(1.1 * 50.0).ceil(), 55.0);
        assert_eq!(rounded(47.000_001).ceil(), 48.0, "no noise");
    }

    #[test]
    fn what_is_stored_is_rounded_half_away_from_zero_and_must_fit() {
        let daily = |figure| stored(figure, (12, 4), "rate").map(|rate| rate.to_string());
        assert_eq!(
            daily(1.000_05),
            Ok("1.0001".into()),
            "a half that f64 holds a little low"
        );
        assert_eq!(daily(1.000_049), Ok("1.0000".into()));
        assert_eq!(daily(99_999_999.999_94), Ok("99999999.9999".into()));
        let refused = Err(Reason("its rate is too large to be stored".into()));
        for figure in [99_999_999.999_95, 1e200, f64::INFINITY, f64::NAN] {
            assert_eq!(daily(figure), refused, "{figure}");
        }
        assert_eq!(whole(i64::from(i32::MAX), "rate"), Ok(i32::MAX));
        assert!(whole(i64::from(i32::MAX) + 1, "rate").is_err());
    }
}
