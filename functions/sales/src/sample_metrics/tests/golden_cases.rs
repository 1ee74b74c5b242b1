//! The golden cases, end to end, each in a database of its own.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use shared::testing::{insert, invoked};
use sqlx::{AssertSqlSafe, PgConnection};
use uuid::Uuid;

use super::{SampleMetrics, all};
use crate::golden::{self, assert_same, cases, distributor_id, insert_given, label, list};
use crate::sample_metrics::Job;

/// Products and their categories.
const SKUS: [(&str, Option<&str>); 4] = [
    ("w1", Some("Wine")),
    ("w2", Some("Wine")),
    ("b1", Some("Beer")),
    ("n1", None),
];

#[tokio::test]
async fn sample_metrics_gives_what_the_golden_cases_expect() {
    for case in cases(include_str!("../../../../../tests/golden/sample-metrics.json")) {
        let (given, expect, name) = (&case.given, &case.expect, &case.name);
        let db = golden::distributor(&case).await;
        let mut connection = db.connect().await;
        insert_all(&mut connection, given).await;
        let tenant = shared::testing::tenant("vins", given["time_zone"].as_str().unwrap());
        let scope = shared::testing::scope(
            SampleMetrics
                .settings(&mut connection, case.as_of, &tenant)
                .await
                .unwrap(),
            tenant,
            case.as_of,
        );
        let samples = scope
            .settings
            .samples(&mut connection, &scope, None, 100)
            .await
            .unwrap();
        for sample in &samples {
            let fact = sample.fact(&scope.settings.distributor).unwrap();
            let found = json!({
                "converted": fact.is_converted,
                "first_order": sample.first_order.map(|order| order.id),
                "days": fact.days_to_convert,
                "revenue": format!("{:.2}", fact.revenue),
                "matured": fact.is_matured,
            });
            let is_it = |expected: &&Value| id(&expected["id"]) == Some(sample.place.id());
            let expected = list(&expect["samples"]).iter().find(is_it).unwrap();
            let mut expected = with_ids(expected);
            expected.retain(|key, _| found.get(key).is_some());
            assert_same(
                &found,
                &expected.into(),
                &format!("{name}: {}", sample.place.id()),
            );
        }

        let report = db.run(&SampleMetrics, &invoked(case.as_of)).await;
        assert_eq!(report.totals.processed, samples.len() as u64, "{name}");
        let tastings =
            "select id, resulted_in_order as flag, converted_by from sales.sample_usage order by id";
        let mut expected: Vec<Value> = Vec::new();
        for sample in list(&expect["samples"])
            .iter()
            .filter(|sample| sample.get("flag").is_some())
        {
            expected.push(json!({
                "id": id(&sample["id"]), "flag": sample["flag"], "converted_by": sample["converted_by"],
            }));
        }
        assert_eq!(all(&mut connection, tastings).await, expected, "{name}: flags");
        for table in ["sample_metric", "sample_metric_sku"] {
            if expect.get(table).is_some() {
                let (stored, expected) = rows(&mut connection, table, list(&expect[table])).await;
                assert_same(&stored, &expected, &format!("{name}: {table}"));
            }
        }
    }
}

/// The rows of a metric table and those that are expected, both read by the table's own types. Where groups are not
/// of interest only the rows of all samples are, and of the windows in question.
async fn rows(connection: &mut PgConnection, table: &str, expected: &[Value]) -> (Value, Value) {
    let dimensions = ["product_category", "sales_rep_id", "customer_segment"];
    let is_of_all = |row: &Value| dimensions.iter().all(|dimension| row[dimension].is_null());
    let are_groups_left_out = table == "sample_metric" && expected.iter().all(is_of_all);
    let windows: BTreeSet<i64> = expected
        .iter()
        .map(|row| row["window_days"].as_i64().unwrap())
        .collect();
    let expected: Vec<Value> = expected.iter().map(|row| with_ids(row).into()).collect();
    let omitted = "'{id,tenant_id,metric_date,created_at,calculated_at}'::text[]";
    let rows = format!(
        "select
            (
                select jsonb_agg(to_jsonb(t) - {omitted} order by to_jsonb(t) - {omitted})
                from sales.{table} t
                where not $2
                or window_days = any($3)
                and (to_jsonb(t) - {omitted}) @>
                    '{{\"product_category\": null, \"sales_rep_id\": null, \"customer_segment\": null}}'
            ),
            (
                select jsonb_agg(to_jsonb(t) - {omitted} order by to_jsonb(t) - {omitted})
                from jsonb_populate_recordset(null::sales.{table}, $1) t
            )"
    );
    sqlx::query_as(AssertSqlSafe(rows))
        .bind(Value::from(expected))
        .bind(are_groups_left_out)
        .bind(windows.into_iter().collect::<Vec<_>>())
        .fetch_one(connection)
        .await
        .unwrap()
}

/// The id of what is given by a label.
fn id(value: &Value) -> Option<Uuid> {
    value.as_str().map(label)
}

/// The same with ids in place of labels.
fn with_ids(row: &Value) -> Map<String, Value> {
    let mut row = row.as_object().unwrap().clone();
    for (from, to) in [
        ("first_order", "first_order"),
        ("sales_rep_id", "sales_rep_id"),
        ("order_line_id", "order_line_id"),
        ("converted_order_id", "converted_order_id"),
        ("id", "id"),
        ("rep", "sales_rep_id"),
        ("customer", "customer_id"),
        ("sku", "sku_id"),
    ] {
        if let Some(label) = row.remove(from) {
            row.insert(to.into(), json!(id(&label)));
        }
    }
    row
}

async fn insert_all(connection: &mut PgConnection, given: &Value) {
    let tenant = distributor_id();
    for rep in ["r1", "r2"] {
        let row = json!({"id": label(rep), "tenant_id": tenant, "name": rep});
        insert(connection, "sales.sales_rep", &row).await;
    }
    for (sku, category) in SKUS {
        let row =
            json!({"id": label(sku), "tenant_id": tenant, "code": sku, "name": sku, "category": category});
        insert(connection, "sales.sku", &row).await;
    }
    let (orders, tastings) = (list(&given["orders"]), list(&given["sample_usage"]));
    let customers = orders
        .iter()
        .chain(tastings)
        .map(|row| row["customer"].as_str().unwrap());
    for customer in customers.collect::<BTreeSet<_>>() {
        let row = json!({
            "id": label(customer), "tenant_id": tenant, "name": customer,
            "account_type": given["segments"][customer],
        });
        insert(connection, "sales.customer", &row).await;
    }
    for order in orders {
        let mut row = with_ids(order);
        row.remove("lines");
        let defaults = json!({"tenant_id": tenant, "status": "DELIVERED"});
        insert_given(connection, "sales.\"order\"", defaults, &row.into()).await;
        for line in list(&order["lines"]) {
            let defaults = json!({
                "tenant_id": tenant, "order_id": id(&order["id"]), "quantity": 1, "unit_price": 0, "is_sample": false,
            });
            insert_given(connection, "sales.order_line", defaults, &with_ids(line).into()).await;
        }
    }
    for tasting in tastings {
        let defaults = json!({"tenant_id": tenant, "sales_rep_id": label("r1"), "quantity": 1});
        insert_given(
            connection,
            "sales.sample_usage",
            defaults,
            &with_ids(tasting).into(),
        )
        .await;
    }
}
