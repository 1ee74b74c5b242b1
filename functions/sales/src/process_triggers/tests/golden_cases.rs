//! The golden cases, end to end: executions, tasks, notices, messages, dates and counters compared as a whole.

use std::collections::BTreeMap;

use shared::testing::golden::{self, Case, assert_same, insert_given, label, list};

use super::*;

#[tokio::test]
async fn gives_what_the_golden_cases_expect() {
    for case in golden::cases(include_str!("../../../../../tests/golden/process-triggers.json")) {
        expect(&case).await;
    }
}

async fn expect(case: &Case) {
    let db = TestDb::new().await;
    let mut connection = db.connect().await;
    let names = load(&mut connection, case).await;
    let Case { name, expect, .. } = case;
    let given: Vec<Value> = all(&mut connection, "select id from sales.trigger_execution").await;
    let held = "select c.id from sales.customer c where c.do_not_contact_until is not null order by c.id";
    let held_before = all(&mut connection, held).await;

    let report = run(&db, case.as_of).await;

    assert_eq!(counted_but_stale(&report), sorted(&expect["counters"]), "{name}");
    let mut written = all(
        &mut connection,
        "select e.*, to_jsonb(t) as task, to_jsonb(n) as notice
        from sales.trigger_execution e
        left join sales.task t on t.trigger_execution_id = e.id
        left join platform.notification n on n.dedupe_key = 'trigger:' || e.trigger_id || ':' || e.dedupe_key",
    )
    .await;
    // A row that was there is this run's if it has the run's clock.
    written.retain(|row| {
        let is_given = given.iter().any(|known| known["id"] == row["id"]);
        !is_given || golden::instant(&row["executed_at"]) == case.as_of
    });
    let key = |row: &Value| (row["trigger_id"].to_string(), row["dedupe_key"].to_string());
    let mut expected: Vec<Value> = list(&expect["executions"])
        .iter()
        .map(|row| {
            let mut whole = object(row.clone());
            whole.extend(object(derived(row, &case.given)));
            whole.insert("trigger_id".into(), row["trigger"].clone());
            labelled(&Value::Object(whole), &names)
        })
        .collect();
    written.sort_by_key(key);
    expected.sort_by_key(key);
    let keys = |rows: &[Value]| rows.iter().map(key).collect::<Vec<_>>();
    assert_eq!(keys(&written), keys(&expected), "{name}");
    for (row, expected) in written.iter().zip(&expected) {
        expect_execution(row, expected, case);
    }
    expect_messages(&mut connection, &expect["messages"], &names, name).await;
    let cleared: Vec<Value> = list(&expect["dates_cleared"])
        .iter()
        .map(|id| labelled(id, &names))
        .collect();
    let mut held_after = held_before.clone();
    held_after.retain(|row| !cleared.contains(&row["id"]));
    assert_eq!(all(&mut connection, held).await, held_after, "{name}");
    if name.starts_with("unusable") {
        let error = &report.errors[0];
        assert_eq!(error.subject, format!("trigger:{}", label("tr1")));
        assert!(error.message.starts_with("minDays is "), "{error:?}");
        assert_eq!((report.totals.total, report.totals.failed), (2, 1));
    }

    let versions = "select xmin::text || id as version from sales.trigger_execution order by 1";
    let before = all(&mut connection, versions).await;
    let again = run(&db, case.as_of).await;
    assert_eq!(all(&mut connection, versions).await, before, "{name}: again");
    assert_eq!(again.counters["executed"], 0, "{name}: again");
}

/// What an execution's row holds beside what the case says of it, as it follows from the case's rows.
fn derived(expected: &Value, given: &Value) -> Value {
    let find = |table: &str, is_it: &dyn Fn(&Value) -> bool| {
        let found = list(&given[table]).iter().find(|row| is_it(row));
        found.cloned().unwrap_or_default()
    };
    let with_id = |table: &str, id: &str| find(table, &|row| row["id"] == id);
    let key = expected["dedupe_key"].as_str().unwrap();
    let mut parts = key.split(':');
    let (kind, subject) = (parts.next().unwrap(), parts.next().unwrap());
    let (customer, sku) = match kind {
        "stock" => (Value::Null, with_id("inventory_alerts", subject)["sku"].clone()),
        "sample" => {
            let sample = with_id("sample_usage", subject);
            (sample["customer"].clone(), sample["sku"].clone())
        }
        "first-order" => (json!(subject.split('-').next()), Value::Null),
        _ => (json!(subject), Value::Null),
    };
    let settings = &given["settings"];
    let has_rep = customer.as_str().is_some_and(|id| {
        let customer = with_id("customers", id);
        customer.get("rep").is_none_or(|rep| !rep.is_null())
    });
    let owner = match (has_rep, &settings["inventory_owner_user_id"]) {
        (true, _) => json!("user-1"),
        (false, owner) if kind == "stock" && !owner.is_null() => owner.clone(),
        _ => settings["default_owner_user_id"].clone(),
    };
    let trigger = with_id("triggers", expected["trigger"].as_str().unwrap());
    let mut actions = match list(&trigger["actions"]) {
        [] => vec![json!("CREATE_TASK")],
        actions => actions.to_vec(),
    };
    actions.retain(|action| expected["omitted"].get(action.as_str().unwrap()).is_none());
    let is_executed = expected["status"] == "SUCCESS";
    let metadata = match is_executed {
        true => json!({
            "type": trigger["type"], "actions": actions, "omitted": expected["omitted"], "facts": expected["facts"],
        }),
        false => json!({"type": trigger["type"]}),
    };
    let earlier = find("executions", &|row| {
        row["trigger"] == expected["trigger"] && row["dedupe_key"] == key
    });
    json!({
        "customer_id": customer, "sku_id": sku, "owner_user_id": owner, "metadata": metadata,
        "attempts": earlier["attempts"].as_i64().unwrap_or(0),
        "task_created": is_executed && actions.contains(&json!("CREATE_TASK")),
    })
}

fn expect_execution(row: &Value, expected: &Value, case: &Case) {
    let name = format!("{}: {}", case.name, expected["dedupe_key"]);
    let columns = [
        "condition_on",
        "status",
        "skip_reason",
        "customer_id",
        "sku_id",
        "owner_user_id",
        "attempts",
        "task_created",
    ];
    for column in columns {
        assert_eq!(row[column], expected[column], "{name}: {column}");
    }
    assert_same(&row["metadata"], &expected["metadata"], &name);
    // The cases are of a distributor in Greenwich.
    assert_eq!(row["executed_on"], json!(case.as_of.date_naive()), "{name}");
    assert_eq!(row["error_message"], Value::Null, "{name}");
    assert_eq!(golden::instant(&row["executed_at"]), case.as_of, "{name}");
    if expected["status"] == "SKIPPED" {
        assert_eq!(
            (&row["task"], &row["notice"]),
            (&Value::Null, &Value::Null),
            "{name}"
        );
        return;
    }
    let (task, wanted) = (&row["task"], &expected["task"]);
    for column in ["title", "due_on", "priority"] {
        assert_eq!(task[column], wanted[column], "{name}: {column}");
    }
    assert_eq!(task["user_id"], wanted["user"], "{name}");
    for column in ["customer_id", "sku_id"] {
        assert_eq!(task[column], row[column], "{name}: {column}");
    }
    let notice = &row["notice"];
    assert_eq!(notice["recipient_id"], wanted["user"], "{name}");
    assert_eq!(notice["title"], wanted["title"], "{name}");
    assert_eq!(notice["body"], task["description"], "{name}");
    assert_eq!(
        notice["link"],
        json!(format!("/tasks/{}", task["id"].as_str().unwrap())),
        "{name}"
    );
    assert_eq!(
        (&notice["kind"], &notice["channel"]),
        (&json!("sales.task"), &json!("in_app"))
    );
    assert_eq!(
        golden::instant(&notice["expires_at"]),
        case.as_of + TimeDelta::days(30)
    );
}

async fn expect_messages(
    connection: &mut PgConnection,
    expected: &Value,
    names: &BTreeMap<String, Value>,
    name: &str,
) {
    let mut written = all(connection, "select * from platform.message").await;
    let mut expected: Vec<Value> = list(expected).iter().map(|row| labelled(row, names)).collect();
    let key = |row: &Value| (row["channel"].to_string(), row["dedupe_key"].to_string());
    written.sort_by_key(key);
    expected.sort_by_key(key);
    assert_eq!(written.len(), expected.len(), "{name}: {written:?}");
    for (message, expected) in written.iter().zip(&expected) {
        for column in ["channel", "dedupe_key", "target"] {
            assert_eq!(message[column], expected[column], "{name}: {column}");
        }
        let subject = expected["subject"].as_str().unwrap_or_default();
        assert_eq!(message["subject"], subject, "{name}");
        if !expected["payload"].is_null() {
            assert_same(&message["payload"], &expected["payload"], name);
        }
        assert_eq!(message["job"], "process-triggers", "{name}");
        let not_before = golden::instant(&message["not_before"]);
        assert_eq!(
            golden::instant(&message["expires_at"]),
            not_before + TimeDelta::days(3),
            "{name}"
        );
    }
}

/// A report's counters but for those that are 0; nothing has run before, so all is stale.
fn counted_but_stale(report: &Report) -> Value {
    let mut counters = object(counted(report));
    assert_eq!(counters.remove("stale"), Some(json!(true)));
    sorted(&Value::Object(counters))
}

fn sorted(counters: &Value) -> Value {
    let counters: BTreeMap<_, _> = counters.as_object().unwrap().iter().collect();
    json!(counters)
}

/// A value with the ids that its labels stand for, wherever they stand in a text.
fn labelled(value: &Value, names: &BTreeMap<String, Value>) -> Value {
    match value {
        Value::String(text) => {
            let is_key = text.split(':').count() > 1 && !text.contains(' ');
            let part = |part: &str| match names.get(part) {
                Some(id) => id.as_str().unwrap().to_owned(),
                None => part.to_owned(),
            };
            match names.get(text.as_str()) {
                Some(id) => id.clone(),
                None if is_key => json!(text.split(':').map(part).collect::<Vec<_>>().join(":")),
                None => value.clone(),
            }
        }
        Value::Array(values) => values.iter().map(|value| labelled(value, names)).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(field, value)| (field.clone(), labelled(value, names)))
            .collect::<Map<_, _>>()
            .into(),
        other => other.clone(),
    }
}

/// Loads a case, and says which id stands for which of its labels.
async fn load(connection: &mut PgConnection, case: &Case) -> BTreeMap<String, Value> {
    let given = &case.given;
    let tenant = label("vins");
    let mut names: BTreeMap<String, Value> = BTreeMap::new();
    let mut named = |name: &str| {
        names.insert(name.to_owned(), json!(label(name)));
        label(name)
    };
    let row = json!({
        "id": tenant, "slug": "vins", "name": "Vins & Co", "product": "sales", "time_zone": "UTC",
        "created_at": case.as_of,
    });
    insert(connection, "platform.tenant", &row).await;
    let mut setting = object(given["settings"].clone());
    for value in setting.values_mut() {
        if let Some(user) = value.as_str().filter(|text| text.starts_with("user-")) {
            *value = json!(named(user));
        }
    }
    let row = json!({"tenant_id": tenant});
    insert_given(connection, "sales.setting", row, &Value::Object(setting)).await;
    let rep = json!({
        "id": label("r1"), "tenant_id": tenant, "user_id": named("user-1"), "name": "Rita Rep",
        "email": "rita@example.com",
    });
    insert(connection, "sales.sales_rep", &rep).await;
    for sku in list(&given["skus"]) {
        let row = json!({
            "id": named(sku["id"].as_str().unwrap()), "tenant_id": tenant, "code": sku["code"], "name": sku["name"],
        });
        insert(connection, "sales.sku", &row).await;
    }
    for trigger in list(&given["triggers"]) {
        let mut row = json!({
            "id": named(trigger["id"].as_str().unwrap()), "tenant_id": tenant, "trigger_type": trigger["type"],
            "name": "A trigger",
        });
        for column in ["config", "actions"] {
            if let Some(value) = trigger.get(column) {
                row[column] = value.clone();
            }
        }
        insert(connection, "sales.trigger", &row).await;
    }
    for customer in list(&given["customers"]) {
        let id = customer["id"].as_str().unwrap();
        let mut row = json!({
            "id": named(id), "tenant_id": tenant, "name": customer["name"], "sales_rep_id": label("r1"),
            "lifecycle_stage": "ACTIVE",
        });
        if customer.get("rep").is_some_and(Value::is_null) {
            row["sales_rep_id"] = Value::Null;
        }
        for (field, column) in [
            ("lifecycle_stage", "lifecycle_stage"),
            ("closed", "is_permanently_closed"),
            ("email", "email"),
            ("do_not_contact_until", "do_not_contact_until"),
        ] {
            if let Some(value) = customer.get(field) {
                row[column] = value.clone();
            }
        }
        insert(connection, "sales.customer", &row).await;
        for (n, purchase) in list(&customer["purchases"]).iter().enumerate() {
            let (date, total) = match purchase.as_str() {
                Some(date) => (date, json!("100.00")),
                None => (purchase[0].as_str().unwrap(), purchase[1].clone()),
            };
            let at = format!("{date}T12:00:00Z");
            let row = json!({
                "id": named(&format!("{id}-o{n}")), "tenant_id": tenant, "customer_id": label(id),
                "status": "DELIVERED", "ordered_at": at, "delivered_at": at, "total": total,
                "is_first_order": customer["first_order_marked"] == true && n == 0,
            });
            insert(connection, "sales.\"order\"", &row).await;
        }
    }
    for sample in list(&given["sample_usage"]) {
        let mut row = sample.clone();
        let id = |field: &str| json!(label(sample[field].as_str().unwrap()));
        row["id"] = json!(named(sample["id"].as_str().unwrap()));
        row["customer_id"] = id("customer");
        row["sku_id"] = id("sku");
        for field in ["customer", "sku"] {
            row.as_object_mut().unwrap().remove(field);
        }
        let setup = json!({"tenant_id": tenant, "sales_rep_id": label("r1")});
        insert_given(connection, "sales.sample_usage", setup, &row).await;
    }
    for order in list(&given["orders"]) {
        let id = label(order["id"].as_str().unwrap());
        let row = json!({
            "id": id, "tenant_id": tenant, "customer_id": label(order["customer"].as_str().unwrap()),
            "status": "SUBMITTED", "ordered_at": order["ordered_at"],
        });
        insert(connection, "sales.\"order\"", &row).await;
        let line = json!({
            "tenant_id": tenant, "order_id": id, "sku_id": label(order["sku"].as_str().unwrap()),
            "quantity": order["quantity"], "unit_price": order["unit_price"],
        });
        insert(connection, "sales.order_line", &line).await;
    }
    for alert in list(&given["inventory_alerts"]) {
        let mut row = alert.clone();
        row["id"] = json!(named(alert["id"].as_str().unwrap()));
        row["sku_id"] = json!(label(alert["sku"].as_str().unwrap()));
        row.as_object_mut().unwrap().remove("sku");
        let setup = json!({"tenant_id": tenant, "alert_family": "STOCK", "message": "low"});
        insert_given(connection, "sales.inventory_alert", setup, &row).await;
    }
    for endpoint in list(&given["webhook_endpoints"]) {
        let id = endpoint["id"].as_str().unwrap();
        let mut row = endpoint.clone();
        row["id"] = json!(named(id));
        let setup = json!({"tenant_id": tenant, "target_url": format!("https://{id}.example.com"), "secret": "whsec_x"});
        insert_given(connection, "platform.webhook_endpoint", setup, &row).await;
    }
    for rate in list(&given["customer_sku_rates"]) {
        let row = json!({
            "tenant_id": tenant, "customer_id": label(rate["customer"].as_str().unwrap()),
            "sku_id": label(rate["sku"].as_str().unwrap()), "predicted_reorder_date": rate["predicted"],
            "confidence": rate["confidence"], "intervals": 5, "average_interval_days": 14, "interval_sd_days": 0,
            "quantity_per_order": 6, "last_order_date": "2026-11-01", "calculated_at": case.as_of,
        });
        insert(connection, "sales.customer_sku_rate", &row).await;
    }
    for execution in list(&given["executions"]) {
        load_execution(connection, tenant, execution, &names, case.as_of).await;
    }
    names
}

/// What a case names without describing it is of the past: a trigger that is off, a customer who is closed.
async fn load_execution(
    connection: &mut PgConnection,
    tenant: Uuid,
    execution: &Value,
    names: &BTreeMap<String, Value>,
    as_of: DateTime<Utc>,
) {
    let (trigger, customer) = (
        execution["trigger"].as_str().unwrap(),
        execution["customer"].as_str().unwrap(),
    );
    if !names.contains_key(trigger) {
        let row = json!({
            "id": label(trigger), "tenant_id": tenant, "trigger_type": "CUSTOMER_DORMANCY", "name": "Past",
            "is_active": false,
        });
        insert(connection, "sales.trigger", &row).await;
    }
    if !names.contains_key(customer) {
        let row = json!({"id": label(customer), "tenant_id": tenant, "name": "Past", "is_permanently_closed": true});
        insert(connection, "sales.customer", &row).await;
    }
    let mut row = labelled(execution, names);
    let fields = row.as_object_mut().unwrap();
    fields.remove("trigger");
    fields.remove("customer");
    let setup = json!({
        "tenant_id": tenant, "trigger_id": label(trigger), "customer_id": label(customer), "status": "SUCCESS",
        "executed_at": as_of - TimeDelta::days(1),
    });
    insert_given(connection, "sales.trigger_execution", setup, &row).await;
}
