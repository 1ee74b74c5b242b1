//! The golden cases: openings with their offers and customers, and unpaid bookings.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde_json::{Value, json};
use shared::testing::{counted, insert, invoked};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{job, rows};
use crate::golden::{self, Case, insert_given, instant, label, list, shop_id};

#[tokio::test]
async fn gives_what_the_golden_cases_expect() {
    for case in golden::cases(include_str!("../../../../../tests/golden/expire-offers.json")) {
        match case.given["pending"].is_object() {
            true => expect_release(&case).await,
            false => expect_offers(&case).await,
        }
    }
}

async fn expect_release(case: &Case) {
    let release_at = instant(&case.expect["release_at"]);
    let second = TimeDelta::seconds(1);
    let released = case.expect["released"].as_bool().unwrap();
    for (at, expected) in [
        (case.as_of, released),
        (release_at - second, false),
        (release_at, true),
    ] {
        let db = golden::shop(case).await;
        let mut connection = db.connect().await;
        let customer = json!({"id": label("customer"), "tenant_id": shop_id(), "name": "Ann"});
        insert(&mut connection, "booking.customer", &customer).await;
        let pending = json!({"id": label("a1"), "tenant_id": shop_id(), "customer_id": label("customer")});
        insert_given(
            &mut connection,
            "booking.appointment",
            pending,
            &case.given["pending"],
        )
        .await;
        let payment = json!({"tenant_id": shop_id(), "appointment_id": label("a1"), "amount": 0});
        insert_given(
            &mut connection,
            "booking.payment",
            payment,
            &case.given["payment"],
        )
        .await;
        let report = db.run(&job(), &invoked(at)).await;
        let expected = match expected {
            true => json!({"released": 1}),
            false => json!({}),
        };
        assert_eq!(counted(&report), expected, "{} at {at}", case.name);
    }
}

async fn expect_offers(case: &Case) {
    let db = golden::shop(case).await;
    let mut connection = db.connect().await;
    load(&mut connection, case).await;
    let given = rows(&mut connection, "select id from booking.slot_offer").await;

    let report = db.run(&job(), &invoked(case.as_of)).await;

    let Case { name, expect, .. } = case;
    for expected in list(&expect["openings"]) {
        let id = label(expected["id"].as_str().unwrap());
        let query = format!(
            "select status, closed_reason, next_action_at, closed_at from booking.slot_opening where id = '{id}'"
        );
        let opening = rows(&mut connection, &query).await.remove(0);
        for column in ["status", "closed_reason", "next_action_at"] {
            golden::assert_same(&opening[column], &expected[column], &format!("{name}: {column}"));
        }
        if opening["status"] == "expired" {
            assert_eq!(instant(&opening["closed_at"]), case.as_of, "{name}");
        }
    }
    for expected in list(&expect["offers"]) {
        let query = format!(
            "select status, closed_at from booking.slot_offer where slot_opening_id = '{}' and customer_id = '{}'",
            label(expected["slot_opening_id"].as_str().unwrap()),
            label(expected["customer_id"].as_str().unwrap()),
        );
        let offer = rows(&mut connection, &query).await.remove(0);
        assert_eq!(offer["status"], expected["status"], "{name}: {expected}");
    }
    let made = "select f.*, m.subject, m.body_text, m.body_html
        from booking.slot_offer f
        join booking.slot_opening o on o.id = f.slot_opening_id
        left join platform.message m on m.dedupe_key = 'offer:' || f.id
        order by o.starts_at, o.id";
    let mut made = rows(&mut connection, made).await;
    made.retain(|offer| !given.iter().any(|known| known["id"] == offer["id"]));
    assert_eq!(made.len(), list(&expect["made"]).len(), "{name}: {made:?}");
    for (offer, expected) in made.iter().zip(list(&expect["made"])) {
        for (column, value) in expected.as_object().unwrap() {
            match column.as_str() {
                "lines" => {
                    let lines: Vec<&str> = list(value).iter().map(|line| line.as_str().unwrap()).collect();
                    golden::assert_mail_says(offer, &lines);
                }
                "slot_opening_id" | "customer_id" => {
                    assert_eq!(
                        offer[column],
                        json!(label(value.as_str().unwrap())),
                        "{name}: {column}"
                    );
                }
                "deposit_amount" => {
                    assert_eq!(
                        format!("{:.2}", offer[column].as_f64().unwrap()),
                        *value,
                        "{name}"
                    );
                }
                _ => golden::assert_same(&offer[column], value, &format!("{name}: {column}")),
            }
        }
        assert_eq!(instant(&offer["sent_at"]), case.as_of, "{name}");
    }
    assert_eq!(counted(&report), expect["counters"], "{name}");
    let errors: Vec<Value> = report
        .errors
        .iter()
        .map(|error| json!({"subject": error.subject, "message": error.message}))
        .collect();
    let expected: Vec<Value> = list(&expect["errors"])
        .iter()
        .map(|error| {
            let (kind, id) = error["subject"].as_str().unwrap().split_once(':').unwrap();
            json!({"subject": format!("{kind}:{}", label(id)), "message": error["message"]})
        })
        .collect();
    assert_eq!(errors, expected, "{name}");
}

/// Loads a case. Openings and customers that it names without describing them are of the past: closed, deleted.
async fn load(connection: &mut PgConnection, case: &Case) {
    let (tenant, given) = (shop_id(), &case.given);
    let labels = |lists: &[&str], field: &str| -> BTreeSet<String> {
        let rows = lists.iter().flat_map(|name| list(&given[*name]));
        rows.filter_map(|row| row[field].as_str())
            .map(str::to_owned)
            .collect()
    };
    for customer in list(&given["customers"]) {
        load_customer(connection, tenant, customer).await;
    }
    let described = labels(&["customers"], "id");
    for id in labels(&["offers", "appointments"], "customer_id").difference(&described) {
        let gone = json!({"id": id, "deleted_at": "2026-11-01T00:00:00Z"});
        load_customer(connection, tenant, &gone).await;
    }
    for (index, appointment) in list(&given["appointments"]).iter().enumerate() {
        let row = json!({"id": label(&format!("a{}", index + 1)), "tenant_id": tenant, "status": "booked"});
        let mut appointment = with_ids(appointment);
        if appointment["status"] == "cancelled" {
            appointment["cancellation_source"] = json!("customer");
        }
        insert_given(connection, "booking.appointment", row, &appointment).await;
    }
    for opening in list(&given["openings"]) {
        insert_given(
            connection,
            "booking.slot_opening",
            json!({"tenant_id": tenant}),
            &with_ids(opening),
        )
        .await;
    }
    let described = labels(&["openings"], "id");
    for id in labels(&["offers"], "slot_opening_id").difference(&described) {
        let past = json!({
            "id": label(id), "tenant_id": tenant, "resource": id, "status": "expired", "closed_reason": "past",
            "starts_at": "2026-11-22T12:00:00Z", "ends_at": "2026-11-22T13:00:00Z",
        });
        insert(connection, "booking.slot_opening", &past).await;
    }
    for (index, offer) in list(&given["offers"]).iter().enumerate() {
        let id = label(&format!("f{index}"));
        let mut row = with_ids(offer);
        let message = row.as_object_mut().unwrap().remove("message");
        insert_given(
            connection,
            "booking.slot_offer",
            json!({"id": id, "tenant_id": tenant}),
            &row,
        )
        .await;
        if let Some(status) = message {
            let mail = json!({
                "tenant_id": tenant, "job": "expire-offers", "channel": "email", "status": status,
                "dedupe_key": format!("offer:{id}"), "target": "x@example.org",
            });
            insert(connection, "platform.message", &mail).await;
        }
    }
    for address in list(&given["suppressed"]) {
        let row = json!({"tenant_id": tenant, "address": address, "reason": "manual"});
        insert(connection, "platform.suppression", &row).await;
    }
}

async fn load_customer(connection: &mut PgConnection, tenant: Uuid, given: &Value) {
    let id = given["id"].as_str().unwrap();
    let mut row = given.as_object().unwrap().clone();
    let [score, tier, settled] = ["score", "tier", "settled"].map(|field| row.remove(field));
    row.insert("id".into(), json!(label(id)));
    let defaults = json!({
        "tenant_id": tenant, "name": id, "email": format!("{id}@example.org"), "created_at": "2026-01-01T00:00:00Z",
    });
    insert_given(connection, "booking.customer", defaults, &Value::Object(row)).await;
    if let Some(score) = score {
        let score = json!({
            "tenant_id": tenant, "customer_id": label(id), "score": score, "tier": tier, "history": "enough",
            "window_days": 180, "stats": {"settled": settled.unwrap_or(json!(0))}, "breakdown": {},
            "computed_at": "2026-11-22T02:00:00Z",
        });
        insert(connection, "booking.customer_score", &score).await;
    }
}

/// A row with its labels made ids.
fn with_ids(row: &Value) -> Value {
    let mut row = row.clone();
    for (column, value) in row.as_object_mut().unwrap() {
        if (column == "id" || column.ends_with("_id")) && value.is_string() {
            *value = json!(label(value.as_str().unwrap()));
        }
    }
    row
}
