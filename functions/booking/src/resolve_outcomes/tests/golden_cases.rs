//! The golden cases: one appointment each.

use chrono::TimeDelta;
use serde_json::{Value, json};
use shared::testing::{insert, invoked};
use sqlx::{AssertSqlSafe, PgConnection};
use uuid::Uuid;

use super::JOB;
use crate::golden::{self, Case, label};

#[tokio::test]
async fn gives_what_the_golden_cases_expect() {
    for case in golden::cases(include_str!("../../../../../tests/golden/resolve-outcomes.json")) {
        let db = golden::shop(&case).await;
        let mut connection = db.connect().await;
        let appointment = given_appointment(&mut connection, &case).await;
        let before = row(&mut connection, "appointment").await;

        let report = db.run(&JOB, &invoked(case.as_of)).await;

        let Case { name, expect, .. } = &case;
        let is_resolved = expect["resolved"].as_bool().unwrap();
        let after = row(&mut connection, "appointment").await;
        let event = row(&mut connection, "appointment_event").await;
        assert_eq!(report.totals.total, u64::from(is_resolved), "{name}");
        if !is_resolved {
            assert_eq!((after, event), (before, Value::Null), "{name}");
            continue;
        }
        let mut expected = before.clone();
        for column in ["status", "financial_outcome", "resolution_reason", "attendance"] {
            expected[column] = expect[column].clone();
        }
        expected["resolved_at"] = json!(case.as_of);
        golden::assert_same(&after, &expected, name);
        let payment = row(&mut connection, "payment").await;
        let meta = json!({
            "policyVersionId": before["policy_version_id"],
            "paymentId": payment["id"],
            "paymentStatus": payment["status"],
            "financialOutcome": expect["financial_outcome"],
            "resolutionReason": expect["resolution_reason"],
            "backfilled": expect["status"] == "cancelled",
        });
        assert_eq!(event["meta"], meta, "{name}");
        assert_eq!(
            (&event["type"], &event["appointment_id"], &event["run_id"]),
            (
                &json!("outcome_resolved"),
                &json!(appointment),
                &json!(report.run_id)
            ),
            "{name}"
        );
        assert_eq!(golden::instant(&event["occurred_at"]), case.as_of, "{name}");
        assert_eq!(
            json!(report.counters["refundsDue"] == 1),
            expect["refund_due"],
            "{name}"
        );
        assert_eq!(due_at(&case).await, expect["due_at"], "{name}");
    }
}

/// When the case's appointment is due: resolved at that instant and not a second before.
async fn due_at(case: &Case) -> Value {
    let due_at = golden::instant(&case.expect["due_at"]);
    for (as_of, total) in [(due_at - TimeDelta::seconds(1), 0), (due_at, 1)] {
        let db = golden::shop(case).await;
        given_appointment(&mut db.connect().await, case).await;
        let report = db.run(&JOB, &invoked(as_of)).await;
        assert_eq!(report.totals.total, total, "{} at {as_of}", case.name);
    }
    case.expect["due_at"].clone()
}

async fn given_appointment(connection: &mut PgConnection, case: &Case) -> Uuid {
    let (tenant, given) = (golden::shop_id(), &case.given);
    let customer = json!({"id": label("customer"), "tenant_id": tenant, "name": "Ann"});
    insert(connection, "booking.customer", &customer).await;
    let policy = json!({"id": label("policy"), "tenant_id": tenant});
    golden::insert_given(
        connection,
        "booking.policy_version",
        policy,
        &given["policy_version"],
    )
    .await;
    let appointment = json!({
        "id": label("appointment"),
        "tenant_id": tenant,
        "customer_id": label("customer"),
        "policy_version_id": given["policy_version"].as_object().map(|_| label("policy")),
    });
    golden::insert_given(
        connection,
        "booking.appointment",
        appointment,
        &given["appointment"],
    )
    .await;
    let payment = json!({
        "id": label("payment"), "tenant_id": tenant, "appointment_id": label("appointment"), "amount": 0,
    });
    golden::insert_given(connection, "booking.payment", payment, &given["payment"]).await;
    label("appointment")
}

/// The one row of a table, or null.
async fn row(connection: &mut PgConnection, table: &str) -> Value {
    let statement = format!("select to_jsonb(t) from booking.{table} t");
    sqlx::query_scalar(AssertSqlSafe(statement))
        .fetch_optional(connection)
        .await
        .unwrap()
        .unwrap_or_default()
}
