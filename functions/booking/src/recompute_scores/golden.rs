//! The golden cases, end to end: one customer a case, in a database of its own, and both rows compared as a whole.

use serde_json::{Value, json};
use shared::testing::{insert, invoked, subject_id};
use sqlx::{AssertSqlSafe, PgConnection};
use uuid::Uuid;

use super::{RecomputeScores, WINDOW_DAYS};
use crate::golden::{self, cases, insert_given, list, shop_id};

#[tokio::test]
async fn recompute_scores_gives_what_the_golden_cases_expect() {
    for case in cases(include_str!("../../../../tests/golden/recompute-scores.json")) {
        let (given, name) = (&case.given, &case.name);
        let db = golden::shop(&case).await;
        let mut connection = db.connect().await;
        insert_customer(&mut connection, shop_id(), &given["appointments"]).await;
        let window_days = given["window_days"]
            .as_i64()
            .map_or(WINDOW_DAYS, |days| days.try_into().unwrap());
        let report = db
            .run(&RecomputeScores { window_days }, &invoked(case.as_of))
            .await;
        assert_eq!((report.totals.processed, report.totals.failed), (1, 0), "{name}");
        for table in ["customer_score", "no_show_stat"] {
            let (stored, expected) = stored(&mut connection, table, &case.expect[table]).await;
            assert_eq!(stored, expected, "{name}: {table}");
        }
    }
}

/// Makes a customer with his appointments, each at a place of its own. What a case does not say is the table's
/// default.
async fn insert_customer(connection: &mut PgConnection, tenant: Uuid, appointments: &Value) {
    let customer = subject_id(tenant, 1);
    let row = json!({"id": customer, "tenant_id": tenant, "name": "Ada"});
    insert(connection, "booking.customer", &row).await;
    for (place, appointment) in list(appointments).iter().enumerate() {
        let row = json!({"tenant_id": tenant, "customer_id": customer, "resource": place.to_string()});
        insert_given(connection, "booking.appointment", row, appointment).await;
    }
}

/// The one row of a table and the one that is expected, both read by the table's own types.
async fn stored(connection: &mut PgConnection, table: &str, expected: &Value) -> (Value, Value) {
    let omitted = "'{id,tenant_id,customer_id,created_at,computed_at}'::text[]";
    let rows = format!(
        "select to_jsonb(t) - {omitted}, to_jsonb(jsonb_populate_record(null::booking.{table}, $1)) - {omitted}
        from booking.{table} t"
    );
    sqlx::query_as(AssertSqlSafe(rows))
        .bind(expected)
        .fetch_one(connection)
        .await
        .unwrap()
}
