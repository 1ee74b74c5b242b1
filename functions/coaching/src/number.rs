//! Exact arithmetic on small numbers, and how such a number stands in JSON.

use serde_json::Value;

/// Divides by a positive number and rounds half away from zero.
pub fn round_div(dividend: i32, divisor: i32) -> i32 {
    let magnitude = (2 * dividend.abs() + divisor) / (2 * divisor);
    magnitude * dividend.signum()
}

/// A number of tenths (1 place), hundredths (2) or thousandths (3) as JSON. A whole one is written without
/// decimals, and any other as people would: the quotient is the binary number nearest to the decimal one,
/// which prints as that decimal number.
pub fn decimal(scaled: i32, places: u32) -> Value {
    let scale = 10_i32.pow(places);
    if scaled % scale == 0 {
        Value::from(scaled / scale)
    } else {
        Value::from(f64::from(scaled) / f64::from(scale))
    }
}

/// Whether two JSON values are equal as values: 1 and 1.0 are the same number, as they are to PostgreSQL.
pub fn same_json(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left == right || left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same_json(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .all(|(key, value)| right.get(key).is_some_and(|other| same_json(value, other)))
        }
        (left, right) => left == right,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn halves_are_rounded_away_from_zero() {
        assert_eq!(
            [24, 25, 26, -24, -25, -26].map(|dividend| round_div(dividend, 10)),
            [2, 3, 3, -2, -3, -3]
        );
        assert_eq!(
            round_div(-7 * 3, 6),
            -4,
            "the example of the domain's description: -3.5"
        );
        assert_eq!(
            [4, 5].map(|dividend| round_div(dividend, 9)),
            [0, 1],
            "a divisor without a middle"
        );
    }

    #[test]
    fn a_decimal_number_stands_in_json_as_people_write_it() {
        let written = [
            decimal(4836, 2),
            decimal(766, 3),
            decimal(-4, 1),
            decimal(8350, 2),
            decimal(1000, 3),
            decimal(0, 1),
        ];
        assert_eq!(
            written.map(|number| number.to_string()),
            ["48.36", "0.766", "-0.4", "83.5", "1", "0"]
        );
    }

    #[test]
    fn one_and_one_point_nought_are_the_same_value_at_any_depth() {
        assert!(same_json(
            &json!({"a": [1, {"b": 2.0}], "c": null}),
            &json!({"c": null, "a": [1.0, {"b": 2}]})
        ));
        for other in [
            json!({"a": 1.1}),
            json!({"a": "1"}),
            json!({"b": 1}),
            json!({"a": 1, "b": null}),
            json!({}),
            json!([1]),
        ] {
            assert!(!same_json(&json!({"a": 1}), &other), "{other}");
        }
        assert!(!same_json(&json!([1, 2]), &json!([2, 1])));
        assert!(!same_json(&json!([1, 2]), &json!([1])));
    }

    proptest! {
        #[test]
        fn every_decimal_number_prints_exactly(scaled in -100_000..100_000_i32, places in 1..4_u32) {
            let scale = 10_i32.pow(places);
            let sign = if scaled < 0 { "-" } else { "" };
            let fraction = format!("{:0width$}", scaled.abs() % scale, width = places as usize);
            let expected = format!("{sign}{}.{fraction}", scaled.abs() / scale);
            let expected = expected.trim_end_matches('0').trim_end_matches('.');
            prop_assert_eq!(decimal(scaled, places).to_string(), if scaled == 0 { "0" } else { expected });
        }
    }
}
