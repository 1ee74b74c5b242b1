//! The golden cases, end to end: one user a case, in a database of its own.

use rust_decimal::Decimal;
use serde_json::{Value, json};
use shared::testing::{counted, insert, invoked};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{WeeklyReport, one};
use crate::{
    days::{Target, before},
    golden::{self, Case, app_id, assert_row, cases, list, user_id},
    weekly_report::{due::Week, prediction},
};

const FILE: &str = include_str!("../../../../../tests/golden/weekly-report.json");

#[tokio::test]
async fn weekly_report_gives_what_the_golden_cases_expect() {
    for case in cases(FILE) {
        let (given, expect, name) = (&case.given, &case.expect, case.name.as_str());
        let db = golden::app(&case).await;
        let mut connection = db.connect().await;
        let week = week(&case);
        insert_earlier(&mut connection, given, week).await;

        let report = db.run(&WeeklyReport, &invoked(case.as_of)).await;
        if expect["selected"] == false {
            assert_eq!(report.totals.total, 0, "{name}");
            continue;
        }
        assert_eq!(report.totals.total, 1, "{name}");
        if let Some(error) = expect["error"].as_str() {
            assert_eq!(report.errors[0].message, error, "{name}");
            continue;
        }
        assert_eq!(report.totals.failed, 0, "{name}");
        let is_catch_up = u64::from(expect["selected"] == "catch_up");
        assert_eq!(report.counters["catchUp"], is_catch_up, "{name}");
        let fallbacks = expect.get("timezoneFallbacks").cloned().unwrap_or(json!(0));
        assert_eq!(report.counters["timezoneFallbacks"], fallbacks, "{name}");
        if given["only_due"] == true {
            let row = "select week_start, week_end from training.weekly_report";
            let expected = json!({"week_start": expect["week_start"], "week_end": expect["week_end"]});
            assert_eq!(one(&mut connection, row).await, expected, "{name}");
            continue;
        }
        let outcome = expect["outcome"].as_str().unwrap();
        assert_eq!(counted(&report)[outcome], 1, "{name}");
        if outcome == "unchanged" {
            let rows = "select status, narrative from training.weekly_report";
            let left = json!({"status": "insufficient_data", "narrative": "What was told before."});
            assert_eq!(one(&mut connection, rows).await, left, "{name}");
            continue;
        }
        let reports = "select * from training.weekly_report";
        assert_row(&mut connection, reports, &expect["report"], name).await;
        let predictions = format!(
            "select * from training.prediction where week_start = '{}'",
            week.start
        );
        assert_row(&mut connection, &predictions, &expect["prediction"], name).await;
        assert_notice(&mut connection, expect, name).await;
    }
}

/// The week that the case speaks of.
fn week(case: &Case) -> Week {
    let zone = case.given["time_zone"].as_str().unwrap_or_default();
    let zone = shared::calendar::zone(zone).unwrap_or_default();
    Week::before(shared::calendar::local_date(case.as_of, zone))
}

/// What earlier runs left: a report of the week, its notice, a prediction of the week before.
async fn insert_earlier(connection: &mut PgConnection, given: &Value, week: Week) {
    let ids = || json!({"id": Uuid::new_v4(), "tenant_id": app_id(), "created_at": "2026-01-01T00:00:00Z"});
    if let Some(status) = given.get("existing_report_status") {
        let row = json!({
            "user_id": user_id(), "week_start": week.start, "week_end": week.end(), "status": status,
            "generated_at": "2026-02-09T03:00:00Z", "time_zone": "UTC", "target_days": 3, "week_target": 3,
            "workouts_count": 0, "training_days": 0, "total_volume_kg": 0, "prs_hit": 0, "max_gap_days": 7,
            "reasons": [], "narrative": "What was told before.", "narrative_source": "template",
        });
        golden::insert_given(connection, "training.weekly_report", ids(), &row).await;
        let read_at = (given["notification_read"] == true).then_some("2026-02-09T09:00:00Z");
        let row = json!({
            "recipient_id": user_id(), "kind": "weekly_report", "title": "Before", "body": "What was told before.",
            "channel": "in_app", "dedupe_key": format!("weekly-report:{}:{}", user_id(), week.start), "read_at": read_at,
        });
        golden::insert_given(connection, "platform.notification", ids(), &row).await;
    }
    if let Some(previous) = given.get("previous_prediction") {
        let mut row = json!({
            "id": Uuid::new_v4(), "tenant_id": app_id(), "created_at": "2026-01-01T00:00:00Z",
            "user_id": user_id(), "source": "weekly_job", "week_start": before(week.start, 7),
            "computed_at": "2026-02-02T03:00:00Z", "current_workouts_per_week": 3, "effective_weeks": 1,
            "visible_change_weeks": 8, "next_milestone": "First", "next_milestone_weeks": 4,
            "delta_reason": "first_prediction",
        });
        for field in ["primary_goal", "strength_gain_weeks"] {
            row[field] = previous[field].clone();
        }
        insert(connection, "training.prediction", &row).await;
    }
}

async fn assert_notice(connection: &mut PgConnection, expect: &Value, name: &str) {
    let notice = "select title, body, link, expires_at, kind, channel from platform.notification";
    if expect["notification"] == "left" {
        let left = json!({"title": "Before", "body": "What was told before."});
        return assert_row(connection, notice, &left, name).await;
    }
    let mut expected = expect["notification"].clone();
    expected["body"] = expect["report"]["narrative"].clone();
    expected["kind"] = json!("weekly_report");
    expected["channel"] = json!("in_app");
    assert_row(connection, notice, &expected, name).await;
}

#[test]
fn the_countdown_follows_from_weeks_and_consistency() {
    let file: Value = serde_json::from_str(FILE).unwrap();
    for row in list(&file["table"]) {
        let target = Target {
            days: row["target_days"].as_i64().unwrap(),
            minutes: 45,
        };
        let consistency: Option<Decimal> = row["consistency"]
            .as_str()
            .map(|percent| percent.parse().unwrap());
        let days = row["sum_of_weeks"].as_i64().unwrap();
        let remaining = |weeks| prediction::remaining(weeks, target, days, consistency);
        assert_eq!(
            (json!(remaining(4)), json!(remaining(8))),
            (
                row["strength_gain_weeks"].clone(),
                row["visible_change_weeks"].clone()
            ),
            "{row}"
        );
    }
}
