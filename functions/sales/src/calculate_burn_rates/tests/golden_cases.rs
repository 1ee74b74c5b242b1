//! The golden cases: one product, or one customer and product, in a database of its own.

use chrono::{Days, Months, NaiveDate, TimeDelta};
use shared::testing::golden::{Case, cases, insert_given, label, list};

use super::*;
use crate::calculate_burn_rates::history;

/// A case's own product sells more in some months than the case says of its whole category. So the category is loaded so
/// many times as large: its index does not depend on the size.
const CATEGORY_SCALE: i64 = 10;

fn distributor() -> Uuid {
    label("vins")
}

fn date(value: &Value) -> NaiveDate {
    value.as_str().unwrap().parse().unwrap()
}

fn noon(date: NaiveDate) -> DateTime<Utc> {
    date.and_hms_opt(12, 0, 0).unwrap().and_utc()
}

#[tokio::test]
async fn gives_what_the_golden_cases_expect() {
    for case in cases(include_str!(
        "../../../../../tests/golden/calculate-burn-rates.json"
    )) {
        let db = TestDb::new().await;
        let mut connection = db.connect().await;
        let zone = case.given["time_zone"].as_str().unwrap();
        insert(
            &mut connection,
            "platform.tenant",
            &json!({
                "id": distributor(), "slug": "vins", "name": "Vins", "product": "sales", "time_zone": zone,
                "created_at": case.as_of,
            }),
        )
        .await;
        let customer = json!({"id": label("bar"), "tenant_id": distributor(), "name": "Bar"});
        insert(&mut connection, "sales.customer", &customer).await;
        match case.given["customer_sku_deliveries"].is_array() {
            true => expect_rate(&db, &mut connection, &case).await,
            false => expect_sku(&db, &mut connection, &case).await,
        }
    }
}

/// Delivers so much of a product on a date.
async fn deliver(connection: &mut PgConnection, sku_id: Uuid, on: NaiveDate, quantity: i64) {
    let id = Uuid::new_v4();
    let order = json!({
        "id": id, "tenant_id": distributor(), "customer_id": label("bar"), "status": "DELIVERED",
        "ordered_at": noon(on), "delivered_at": noon(on),
    });
    insert(connection, "sales.\"order\"", &order).await;
    let line = json!({"tenant_id": distributor(), "order_id": id, "sku_id": sku_id, "quantity": quantity});
    insert(connection, "sales.order_line", &line).await;
}

async fn expect_rate(db: &TestDb, connection: &mut PgConnection, case: &Case) {
    let sku = json!({"id": label("sku"), "tenant_id": distributor(), "code": "W-1", "name": "Rioja"});
    insert(connection, "sales.sku", &sku).await;
    for delivery in list(&case.given["customer_sku_deliveries"]) {
        deliver(
            connection,
            label("sku"),
            date(&delivery[0]),
            delivery[1].as_i64().unwrap(),
        )
        .await;
    }
    run(db, case.as_of).await;
    let rates = rows(connection, "select * from sales.customer_sku_rate").await;
    let expected = &case.expect["customer_sku_rate"];
    assert_eq!(rates.len(), usize::from(expected.is_object()), "{}", case.name);
    for rate in rates {
        expect_columns(&rate, expected, case);
    }
}

async fn expect_sku(db: &TestDb, connection: &mut PgConnection, case: &Case) {
    load(connection, case).await;
    let report = run(db, case.as_of).await;
    assert_eq!(report.totals.failed, 0, "{}: {:?}", case.name, report.errors);
    let expect = &case.expect;
    let id = label("sku");
    let found = format!(
        "select d.*, s.burn_rate, s.reorder_point, s.days_of_supply
        from sales.sku s join sales.sku_demand d on d.sku_id = s.id where s.id = '{id}'"
    );
    expect_columns(&rows(connection, &found).await[0], expect, case);

    let open = "select alert_family as family, alert_type as type, severity
        from sales.inventory_alert where not resolved and opened_at = '2026-11-22 02:00Z'";
    let opened: Vec<Value> = expect["alert"]
        .is_object()
        .then(|| expect["alert"].clone())
        .into_iter()
        .collect();
    assert_eq!(rows(connection, open).await, opened, "{}", case.name);
    let resolved = "select alert_family as family from sales.inventory_alert where resolved";
    let resolved: Vec<Value> = rows(connection, resolved)
        .await
        .into_iter()
        .map(|alert| alert["family"].clone())
        .collect();
    assert_eq!(resolved, list(&expect["resolved"]), "{}", case.name);

    let recommendations = rows(connection, "select * from sales.inventory_recommendation").await;
    assert_eq!(
        recommendations.len(),
        usize::from(expect["recommendation"].is_object()),
        "{}",
        case.name
    );
    for recommendation in recommendations {
        expect_columns(&recommendation, &expect["recommendation"], case);
    }
}

/// Compares the columns that a case names. Those that are approximate in the specification may differ by one in the last
/// place.
fn expect_columns(row: &Value, expected: &Value, case: &Case) {
    let number = |value: &Value| value.as_f64().or_else(|| value.as_str()?.parse().ok());
    for (column, expected) in expected.as_object().unwrap() {
        if ["alert", "resolved", "recommendation"].contains(&column.as_str()) {
            continue;
        }
        let name = format!(
            "{}: {column} is {} in place of {expected}",
            case.name, row[column]
        );
        let unit = match column.as_str() {
            "daily_mean" | "daily_sd" | "month_factor" => 0.000_1,
            "weekday_index" | "confidence" => 0.001,
            "cv" | "lead_sd_days" | "interval_sd_days" => 0.01,
            _ => 0.0,
        };
        let is_near = |actual: &Value, expected: &Value| match (number(actual), number(expected)) {
            (Some(actual), Some(expected)) => (actual - expected).abs() <= unit * 1.001,
            _ => actual == expected,
        };
        match expected.as_array() {
            Some(expected) => {
                let same = list(&row[column])
                    .iter()
                    .zip(expected)
                    .filter(|(a, b)| is_near(a, b));
                assert_eq!(same.count(), expected.len(), "{name}");
            }
            None => assert!(is_near(&row[column], expected), "{name}"),
        }
    }
}

async fn load(connection: &mut PgConnection, case: &Case) {
    let (tenant, given) = (distributor(), &case.given);
    let today = case.as_of.date_naive();
    insert_given(
        connection,
        "sales.setting",
        json!({"tenant_id": tenant}),
        &given["settings"],
    )
    .await;
    let supplier = json!({"id": label("supplier"), "tenant_id": tenant, "name": "Bodega"});
    insert(connection, "sales.supplier", &supplier).await;
    let series = list(&given["series"]);
    let begin = today - Days::new(series.len() as u64);
    let months = list(&given["category_months"]);
    // A product that was made before it first sold would have a history of 24 months, and its own season.
    let created_on = if months.is_empty() {
        begin
    } else {
        date(&given["created_on"])
    };
    let sku = json!({
        "id": label("sku"), "tenant_id": tenant, "code": "W-1", "name": "Rioja", "supplier_id": label("supplier"),
        "category": (!months.is_empty()).then_some("red"), "items_per_case": given["items_per_case"],
        "created_at": noon(created_on),
    });
    insert(connection, "sales.sku", &sku).await;
    for (date, units) in begin.iter_days().zip(series) {
        if *units != 0 {
            deliver(connection, label("sku"), date, units.as_i64().unwrap()).await;
        }
    }
    if let Some(available) = given["available"].as_i64() {
        let inventory = json!({
            "tenant_id": tenant, "sku_id": label("sku"), "location": "A", "on_hand": available + 5, "allocated": 5,
        });
        insert(connection, "sales.inventory", &inventory).await;
    }
    for order in list(&given["open_orders"]) {
        let id = Uuid::new_v4();
        let row = json!({
            "id": id, "tenant_id": tenant, "supplier_id": label("supplier"),
            "ordered_at": case.as_of - TimeDelta::days(9), "expected_at": noon(date(&order["expected_on"])),
        });
        insert(connection, "sales.purchase_order", &row).await;
        let line = json!({
            "tenant_id": tenant, "purchase_order_id": id, "sku_id": label("sku"),
            "quantity": order["quantity"].as_i64().unwrap() + 2, "received_quantity": 2,
        });
        insert(connection, "sales.purchase_order_line", &line).await;
    }
    for family in list(&given["open_alerts"]) {
        let alert = json!({
            "tenant_id": tenant, "sku_id": label("sku"), "alert_family": family, "severity": "INFO", "message": "Low",
            "alert_type": if family == "OVER" { "OVERSTOCKED" } else { "LOW_STOCK" }, "available": 1,
            "opened_at": case.as_of - TimeDelta::days(1),
        });
        insert(connection, "sales.inventory_alert", &alert).await;
    }
    load_lead(connection, today, &given["lead"]).await;
    load_category(connection, today, created_on, case).await;
}

/// Receipts with the mean and the deviation of a case.
async fn load_lead(connection: &mut PgConnection, today: NaiveDate, lead: &Value) {
    let leads: &[u64] = match (lead["days"].as_u64(), lead["sd"].as_str()) {
        (None, _) => &[],
        (Some(3), Some("1.00")) => &[2, 2, 3, 4, 4],
        (Some(10), Some("3.50")) => &[3, 17, 10, 10, 10, 10, 10, 10, 10],
        _ => panic!("no receipts for {lead}"),
    };
    for days in leads {
        let received = today - Days::new(20);
        let order = json!({
            "tenant_id": distributor(), "supplier_id": label("supplier"), "status": "RECEIVED",
            "ordered_at": noon(received - Days::new(*days)), "received_at": noon(received),
        });
        insert(connection, "sales.purchase_order", &order).await;
    }
}

/// Another product of the category that sells what the case's own does not.
async fn load_category(connection: &mut PgConnection, today: NaiveDate, created_on: NaiveDate, case: &Case) {
    let units = list(&case.given["category_months"]);
    if units.is_empty() {
        return;
    }
    let this_month = history::first_of_month(today);
    let first = this_month - Months::new(u32::try_from(units.len()).unwrap());
    let other = json!({
        "id": label("other"), "tenant_id": distributor(), "code": "W-2", "name": "Other", "category": "red",
        "is_active": false, "created_at": noon(first.pred_opt().unwrap()),
    });
    assert!(
        created_on > first,
        "the category's history is the other product's"
    );
    insert(connection, "sales.sku", &other).await;
    for (months, units) in units.iter().enumerate() {
        let month = first + Months::new(u32::try_from(months).unwrap());
        let own = "select coalesce(sum(l.quantity), 0)::bigint from sales.order_line l
            join sales.\"order\" o on o.id = l.order_id
            where l.sku_id = $1 and date_trunc('month', o.delivered_at) = $2";
        let own: i64 = sqlx::query_scalar(own)
            .bind(label("sku"))
            .bind(month.and_hms_opt(0, 0, 0).unwrap().and_utc())
            .fetch_one(&mut *connection)
            .await
            .unwrap();
        let others = units.as_i64().unwrap() * CATEGORY_SCALE - own;
        deliver(connection, label("other"), month, others).await;
    }
}
