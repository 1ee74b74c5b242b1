//! The golden cases, end to end: one user a case, in a database of its own.

use serde_json::{Value, json};
use shared::testing::{counted, insert, invoked};

use super::BehaviorMetrics;
use crate::{
    days::Target,
    golden::{self, app_id, assert_row, cases, list, user_id},
};

const FILE: &str = include_str!("../../../../../tests/golden/behavior-metrics.json");

#[tokio::test]
async fn behavior_metrics_gives_what_the_golden_cases_expect() {
    for case in cases(FILE) {
        let (given, expect, name) = (&case.given, &case.expect, case.name.as_str());
        let db = golden::app(&case).await;
        let mut connection = db.connect().await;
        let stored_date = match given.get("existing_row_computed_at") {
            Some(_) => expect["row"]["metrics_date"].clone(),
            None => json!("2026-01-15"),
        };
        if given.get("existing_row_computed_at").is_some()
            || given.get("newest_metric_workouts_last_14_days").is_some()
        {
            let mut row = stored(&stored_date);
            for (column, key) in [
                ("computed_at", "existing_row_computed_at"),
                ("workouts_last_14_days", "newest_metric_workouts_last_14_days"),
            ] {
                if let Some(value) = given.get(key) {
                    row[column] = value.clone();
                }
            }
            insert(&mut connection, "training.behavior_metric", &row).await;
        }

        let report = db.run(&BehaviorMetrics, &invoked(case.as_of)).await;
        if expect["selected"] == false {
            assert_eq!(report.totals.total, 0, "{name}");
            continue;
        }
        assert_eq!((report.totals.processed, report.totals.failed), (1, 0), "{name}");
        let mut counters = json!({ expect["write"].as_str().unwrap(): 1 });
        if expect["selected"] == "lapsed" {
            counters["lapsed"] = json!(1);
        }
        if let Some(fallbacks) = expect.get("timezoneFallbacks") {
            counters["timezoneFallbacks"] = fallbacks.clone();
        }
        assert_eq!(sorted(&counted(&report)), sorted(&counters), "{name}");

        if expect["write"] == "skippedNewer" {
            // What would have been written, were there not something newer.
            sqlx::query("delete from training.behavior_metric")
                .execute(&mut connection)
                .await
                .unwrap();
            db.run(&BehaviorMetrics, &invoked(case.as_of)).await;
        }
        let newest = "select * from training.behavior_metric order by metrics_date desc limit 1";
        assert_row(&mut connection, newest, &expect["row"], name).await;
    }
}

fn sorted(counters: &Value) -> Vec<(String, Value)> {
    let mut counters: Vec<_> = counters.as_object().unwrap().clone().into_iter().collect();
    counters.sort_by(|one, other| one.0.cmp(&other.0));
    counters
}

/// Metrics of an earlier run.
fn stored(date: &Value) -> Value {
    json!({
        "id": uuid::Uuid::new_v4(), "tenant_id": app_id(), "user_id": user_id(), "metrics_date": date,
        "computed_at": "2026-01-15T02:00:00Z", "time_zone": "UTC", "target_days_per_week": 3,
        "target_session_minutes": 45, "workouts_last_7_days": 0, "workouts_last_14_days": 0, "volume_last_7_days": 0,
        "volume_prev_7_days": 0, "sets_last_7_days": 0, "sets_prev_7_days": 0, "max_gap_days": 0,
        "current_gap_days": 0, "consistency_score": 0, "dropout_risk": "low", "burnout_risk": "low",
        "momentum_trend": "stable", "adherence_type": "sporadic", "reasons": [],
        "created_at": "2026-01-15T02:00:00Z",
    })
}

#[test]
fn the_thresholds_follow_from_the_target() {
    let file: Value = serde_json::from_str(FILE).unwrap();
    for row in list(&file["table"]) {
        let target = Target {
            days: row["target_days"].as_i64().unwrap(),
            minutes: 45,
        };
        assert_eq!(
            (json!(target.medium_gap()), json!(target.big_gap())),
            (row["MED"].clone(), row["BIG"].clone()),
            "{target:?}"
        );
    }
}
