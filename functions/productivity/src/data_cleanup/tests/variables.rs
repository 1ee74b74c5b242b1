//! The variables without which nothing is cleaned up.

use super::*;

#[test]
fn a_variable_that_is_not_as_it_must_be_is_named() {
    let refused = |days: Value, retention: Value, force: Value| {
        let variables = json!({"CLEANUP_INTERVAL_DAYS": days, "ANALYTICS_RETENTION_DAYS": retention, "CLEANUP_FORCE": force});
        configured(&variables).err().map(|error| error.to_string())
    };
    let day = |days: i64| json!(days.to_string());
    for (days, retention, force, expected) in [
        (day(180), day(365), Value::Null, None),
        (day(3650), day(3650), json!("true"), None),
        (
            Value::Null,
            day(365),
            Value::Null,
            Some("CLEANUP_INTERVAL_DAYS is not set"),
        ),
        (
            day(180),
            Value::Null,
            Value::Null,
            Some("ANALYTICS_RETENTION_DAYS is not set"),
        ),
        (
            day(89),
            day(365),
            Value::Null,
            Some("CLEANUP_INTERVAL_DAYS must be a whole number from 90 to 3650"),
        ),
        (
            day(180),
            json!("1y"),
            Value::Null,
            Some("ANALYTICS_RETENTION_DAYS must be a whole number from 180 to 3650"),
        ),
        (
            day(180),
            day(3651),
            Value::Null,
            Some("ANALYTICS_RETENTION_DAYS must be a whole number from 180 to 3650"),
        ),
        (
            day(180),
            day(365),
            json!("yes"),
            Some("CLEANUP_FORCE must be true or false"),
        ),
    ] {
        assert_eq!(refused(days, retention, force).as_deref(), expected);
    }
}
