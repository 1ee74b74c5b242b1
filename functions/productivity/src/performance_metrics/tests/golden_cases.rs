//! Every golden case in a world of its own.

use chrono::TimeDelta;
use shared::testing::golden::{Case, cases, list};

use super::*;
use crate::golden;

/// A database with what a case gives of minutes, each of a route of its own.
async fn world(case: &Case) -> (TestDb, PgConnection) {
    let db = golden::company(case).await;
    let mut connection = db.connect().await;
    for (place, stat) in list(&case.given["http_minute_stat"]).iter().enumerate() {
        let mut stat = stat.clone();
        let minute_at = format!("2024-06-26T{}:00Z", stat["minute_at"].as_str().unwrap());
        stat["minute_at"] = json!(minute_at);
        stat["route"] = json!(format!("/{place}"));
        minute(&mut connection, golden::company_id(), stat).await;
    }
    (db, connection)
}

#[tokio::test]
async fn what_a_minute_amounts_to() {
    let cases = cases(include_str!(
        "../../../../../tests/golden/performance-metrics.json"
    ));
    let measured: Vec<_> = cases
        .iter()
        .filter(|case| !case.name.starts_with("alert:"))
        .collect();
    assert_eq!(measured.len(), 10);
    for case in measured {
        let (db, mut connection) = world(case).await;
        db.run(&PerformanceMetrics, &invoked(case.as_of)).await;
        let row = "select * from productivity.performance_metric where scope = 'http'";
        golden::assert_rows(&mut connection, row, &case.expect, &case.name).await;
    }
}

#[tokio::test]
async fn what_becomes_of_an_alert() {
    let cases = cases(include_str!(
        "../../../../../tests/golden/performance-metrics.json"
    ));
    let alerts: Vec<_> = cases
        .iter()
        .filter(|case| case.name.starts_with("alert:"))
        .collect();
    assert_eq!(alerts.len(), 8);
    for case in alerts {
        let (db, mut connection) = world(case).await;
        let requests = case.given["requests"].as_i64().unwrap();
        let errors_5xx = requests * case.given["errorRatePercent"].as_i64().unwrap() / 100;
        let stat = json!({"requests": requests, "errors_5xx": errors_5xx});
        minute(&mut connection, golden::company_id(), stat).await;
        let before = case.given["lastSeenHoursBeforeEndOfHour"].as_i64().map(|hours| {
            let seen = case.as_of - TimeDelta::hours(hours);
            json!({
                "job": "performance-metrics", "rule": "http-error-rate:t1", "severity": "warning", "message": "given",
                "opened_at": seen, "last_seen_at": seen,
            })
        });
        if let Some(row) = &before {
            insert(&mut connection, "platform.alert", row).await;
        }
        db.run(&PerformanceMetrics, &invoked(case.as_of)).await;
        let kept = |change: Value| {
            let mut row = before.clone().unwrap_or_else(|| json!({}));
            row.as_object_mut()
                .unwrap()
                .extend(change.as_object().unwrap().clone());
            row
        };
        let expected = match case.expect["action"].as_str().unwrap() {
            "nothing" | "unchanged" => before.iter().map(|row| kept(row.clone())).collect(),
            "open warning" => vec![json!({
                "rule": "http-error-rate:t1", "severity": "warning", "opened_at": case.as_of,
                "last_seen_at": case.as_of, "resolved_at": null,
                "message": "4 of 100 requests ended in an error of the server, more than a share of 0.03",
            })],
            "critical" => vec![kept(json!({
                "severity": "critical", "last_seen_at": case.as_of, "resolved_at": null,
                "message": "4 of 100 requests ended in an error of the server, more than a share of 0.03",
            }))],
            "resolve" => vec![kept(json!({"resolved_at": case.as_of}))],
            other => panic!("{other}"),
        };
        let rows = "select * from platform.alert where rule = 'http-error-rate:t1'";
        golden::assert_rows(&mut connection, rows, &json!(expected), &case.name).await;
    }
}
