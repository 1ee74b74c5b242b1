//! The golden cases, end to end: one customer a case, in a database of its own.

use serde_json::{Value, json};
use shared::testing::{insert, invoked, subject_id};
use sqlx::PgConnection;

use super::{UpdateAccountTypes, one};
use crate::golden::{self, assert_same, cases, distributor_id, insert_given, label, list};
use crate::update_account_types::{Distributor, Job, Points};

#[tokio::test]
async fn update_account_types_gives_what_the_golden_cases_expect() {
    for case in cases(include_str!(
        "../../../../../tests/golden/update-account-types.json"
    )) {
        let (given, expect, name) = (&case.given, &case.expect, &case.name);
        let db = golden::distributor(&case).await;
        let mut connection = db.connect().await;
        insert_customer(&mut connection, given).await;
        let tenant = shared::testing::tenant("vins", given["time_zone"].as_str().unwrap());
        let scope = shared::testing::scope(
            Distributor::read(&mut connection, case.as_of, &tenant)
                .await
                .unwrap(),
            tenant,
            case.as_of,
        );
        let rows = UpdateAccountTypes
            .read(&mut connection, &scope, None, 2)
            .await
            .unwrap()
            .rows;
        let points = Points::of(&rows[0].volume, &scope.settings.setting);
        assert_eq!(
            json!([points.orders, points.revenue, points.mix]),
            expect["points"],
            "{name}"
        );
        assert_eq!(json!(points.score()), expect["score"], "{name}");

        let report = db.run(&UpdateAccountTypes, &invoked(case.as_of)).await;
        assert_eq!((report.totals.processed, report.totals.failed), (1, 0), "{name}");
        let stored = "select c.account_type, c.lifecycle_stage, c.last_order_date,
                (select array_agg(o.id) from sales.order o where o.is_first_order) as first_orders
            from sales.customer c";
        let expected = json!({
            "account_type": expect["account_type"],
            "lifecycle_stage": expect["lifecycle_stage"],
            "last_order_date": expect["last_order_date"],
            "first_orders": expect["first_order"].as_str().map(|id| [label(id)]),
        });
        assert_same(&one(&mut connection, stored).await, &expected, name);
    }
}

/// Makes the customer with its orders, each line's products beside those of the other lines.
async fn insert_customer(connection: &mut PgConnection, given: &Value) {
    let tenant = distributor_id();
    let customer = subject_id(tenant, 1);
    let row = json!({"id": customer, "tenant_id": tenant, "name": "Bar"});
    insert_given(connection, "sales.customer", row, &given["customer"]).await;
    let mut skus = Vec::new();
    for order in list(&given["orders"]) {
        let id = label(order["id"].as_str().unwrap());
        let row = json!({
            "id": id, "tenant_id": tenant, "customer_id": customer,
            "status": order["status"].as_str().unwrap_or("DELIVERED"),
            "ordered_at": "2025-01-01T00:00:00Z", "delivered_at": order["delivered_at"], "total": order["total"],
        });
        insert(connection, "sales.\"order\"", &row).await;
        for line in list(&order["lines"]) {
            for sku in list(&line["skus"]) {
                let sku = label(sku.as_str().unwrap());
                if !skus.contains(&sku) {
                    let row = json!({"id": sku, "tenant_id": tenant, "code": sku, "name": "A bottle"});
                    insert(connection, "sales.sku", &row).await;
                    skus.push(sku);
                }
                let row = json!({
                    "tenant_id": tenant, "order_id": id, "sku_id": sku,
                    "quantity": line["quantity"].as_i64().unwrap_or(1), "unit_price": 0,
                    "is_sample": line["is_sample"].as_bool().unwrap_or(false),
                });
                insert_given(connection, "sales.order_line", row, &json!({})).await;
            }
        }
    }
}
