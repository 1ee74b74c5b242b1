//! The log that each invocation must leave: for operators to read, for CloudWatch to count, and about nobody.

use demo::runtime_api::{Delivery, Invocation, Outcome};
use serde_json::{Value, json};
use shared::testing::tenant_id;

use crate::stage::GYMS;

/// What no log line may hold: a password, a secret, and the names and addresses of [`crate::stage::Stage`], gyms and shops.
const PRIVATE: [&str; 7] = [
    "correct-horse",
    "quetzalcoatl",
    "zebulon",
    "quagmire",
    "xanthippe",
    "leak.example",
    "whsec_",
];

/// The type and message of a function error.
pub fn error(invocation: &Invocation) -> (&str, &str) {
    match &invocation.outcome {
        Outcome::FunctionError { error_type, message } => (error_type, message),
        other => panic!("not a function error: {other:?}"),
    }
}

/// Hands the invocation on if its log is as operators and the law expect it.
pub fn checked(job: &str, invocation: Invocation) -> Invocation {
    for line in &invocation.logs {
        private(line);
        let line: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("not a JSON line: {line}"));
        if line["_aws"].is_null() {
            log_line(job, &invocation, &line)
        } else {
            metrics_line(job, &line)
        }
    }
    if let Outcome::Answer(_) | Outcome::FunctionError { .. } = invocation.outcome {
        let last: Value = serde_json::from_str(invocation.logs.last().unwrap()).unwrap();
        let message = last["message"].as_str().unwrap();
        let beginning = if invocation.answer().is_ok() {
            "[JOB SUCCESS] "
        } else {
            "[JOB FAILURE] "
        };
        assert!(message.starts_with(beginning), "{message}");
        assert!(
            last["report"]["status"].is_string(),
            "the last line carries the report: {last}"
        );
        let metrics = invocation
            .logs
            .iter()
            .filter(|line| line.contains("\"_aws\""))
            .count();
        assert_eq!(metrics, 1, "one line of metrics an invocation");
    }
    invocation
}

/// Every attempt of a delivery, [`checked`].
pub fn all_checked(job: &str, delivery: Delivery) -> Vec<Invocation> {
    delivery
        .attempts
        .into_iter()
        .map(|attempt| checked(job, attempt))
        .collect()
}

/// Panics when a text names a tenant's id, a person, an address or a secret.
pub fn private(text: &str) {
    let text = text.to_lowercase();
    for secret in PRIVATE
        .into_iter()
        .map(str::to_owned)
        .chain(GYMS.map(|slug| tenant_id(slug).to_string()))
    {
        assert!(!text.contains(&secret), "{secret} stands in: {text}");
    }
}

fn log_line(job: &str, invocation: &Invocation, line: &Value) {
    chrono::DateTime::parse_from_rfc3339(line["timestamp"].as_str().unwrap()).unwrap();
    assert!(
        ["DEBUG", "INFO", "WARN", "ERROR"].contains(&line["level"].as_str().unwrap()),
        "{line}"
    );
    assert!(line["message"].is_string(), "{line}");
    assert_eq!(
        (&line["service"], &line["job"]),
        (&json!("nightshift"), &json!(job)),
        "{line}"
    );
    assert_eq!(line["function_request_id"], invocation.request_id, "{line}");
    assert_eq!(line["cold_start"], invocation.cold_start.is_some(), "{line}");
    assert!(
        line["xray_trace_id"].as_str().unwrap().starts_with("Root=1-"),
        "{line}"
    );
    for optional in ["run_id", "tenant"] {
        assert!(line[optional].is_null() || line[optional].is_string(), "{line}");
    }
}

fn metrics_line(job: &str, line: &Value) {
    let directive = &line["_aws"]["CloudWatchMetrics"][0];
    assert!(line["_aws"]["Timestamp"].is_u64(), "{line}");
    assert_eq!(directive["Namespace"], "Nightshift");
    assert_eq!(directive["Dimensions"], json!([["service", "job"]]));
    assert_eq!(
        (&line["service"], &line["job"]),
        (&json!("nightshift"), &json!(job))
    );
    let metrics = directive["Metrics"].as_array().unwrap();
    assert!(
        (1..=100).contains(&metrics.len()),
        "CloudWatch takes at most 100 metrics a line"
    );
    for metric in metrics {
        assert!(
            line[metric["Name"].as_str().unwrap()].is_u64(),
            "{metric} has no value in {line}"
        );
        assert!(
            ["Count", "Milliseconds"].contains(&metric["Unit"].as_str().unwrap()),
            "{metric}"
        );
    }
}
