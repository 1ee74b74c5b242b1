//! What people read, of every type.

use shared::testing::golden::assert_mail_says;

use super::*;

const HOSTILE: &str = "<script>alert(1)</script> & \"O'Neill\"";

/// A distributor with one candidate of each type, all of them with mails. Another customer each, for there is one
/// contact a customer and day.
async fn all_types() -> (TestDb, PgConnection) {
    let (db, mut connection, tenant) = distributor(json!({
        "default_owner_email": "owner@example.com", "manager_emails": ["m@example.com"],
        "buyer_emails": ["b@example.com"],
    }))
    .await;
    let connection_ = &mut connection;
    for (n, trigger_type) in (1..).zip(TYPES) {
        trigger(connection_, tenant, n, trigger_type, json!({})).await;
        act(connection_, n, &["CREATE_TASK", "SEND_EMAIL"]).await;
    }
    let sku = subject_id(tenant, 77);
    let row = json!({"id": sku, "tenant_id": tenant, "code": "SKU-7", "name": format!("Gamay {HOSTILE}")});
    insert(connection_, "sales.sku", &row).await;
    let named = |name: &str| json!({"name": format!("{name} {HOSTILE}")});
    let dormant = customer(connection_, tenant, 1, named("Dormant")).await;
    bought(connection_, tenant, dormant, 60).await;
    let alert = json!({
        "tenant_id": tenant, "sku_id": sku, "alert_family": "STOCK", "alert_type": "OUT_OF_STOCK",
        "severity": "CRITICAL", "message": "", "available": 0, "reorder_point": 47, "days_of_supply": "0.0",
        "opened_at": as_of(),
    });
    insert(connection_, "sales.inventory_alert", &alert).await;
    let recommendation = json!({
        "tenant_id": tenant, "sku_id": sku, "calc_date": today(), "quantity": 96, "order_by_date": today(),
        "reorder_point": 47, "inventory_position": 0, "reason": "OUT_OF_STOCK",
    });
    insert(connection_, "sales.inventory_recommendation", &recommendation).await;
    let missed = customer(connection_, tenant, 2, named("Late")).await;
    for days_ago in [17, 31, 45] {
        bought(connection_, tenant, missed, days_ago).await;
    }
    let falling = customer(connection_, tenant, 3, named("Falling")).await;
    for days_ago in [20, 95, 110, 150, 190, 250, 300] {
        bought(connection_, tenant, falling, days_ago).await;
    }
    execute(
        connection_,
        &format!("update sales.\"order\" set total = total * 10 where customer_id = '{falling}' and delivered_at < '2026-09-01'"),
    )
    .await;
    let tasted = customer(connection_, tenant, 4, named("Taster")).await;
    let rep = json!({"id": subject_id(tenant, 50), "tenant_id": tenant, "name": "Rita"});
    insert(connection_, "sales.sales_rep", &rep).await;
    let sample = json!({
        "tenant_id": tenant, "sales_rep_id": subject_id(tenant, 50), "customer_id": tasted, "sku_id": sku,
        "tasted_at": as_of() - TimeDelta::days(10),
    });
    insert(connection_, "sales.sample_usage", &sample).await;
    let new = customer(connection_, tenant, 5, named("New")).await;
    bought(connection_, tenant, new, 1).await;
    execute(
        connection_,
        &format!("update sales.\"order\" set is_first_order = true where customer_id = '{new}'"),
    )
    .await;
    let mut held = named("Held");
    held["do_not_contact_until"] = json!(today());
    customer(connection_, tenant, 6, held).await;
    let due = customer(connection_, tenant, 7, named("Due")).await;
    let rate = json!({
        "tenant_id": tenant, "customer_id": due, "sku_id": sku, "intervals": 5, "average_interval_days": 14,
        "interval_sd_days": 0, "quantity_per_order": 6, "last_order_date": "2026-11-10",
        "predicted_reorder_date": "2026-11-24", "confidence": "0.9", "calculated_at": as_of(),
    });
    insert(connection_, "sales.customer_sku_rate", &rate).await;
    (db, connection)
}

#[tokio::test]
async fn every_type_says_who_why_with_its_figures_what_to_do_and_where() {
    let (db, mut connection) = all_types().await;
    let report = run(&db, as_of()).await;
    assert_eq!(
        (report.counters["executed"].as_u64(), report.totals.failed),
        (Some(8), 0),
        "{report:?}"
    );
    let query = "select x.trigger_type, m.subject, m.body_text, m.body_html, m.target, m.payload, t.description, t.priority,
            t.due_on, 'https://app.example.com/' || case when e.customer_id is null then 'skus/' || e.sku_id
                else 'customers/' || e.customer_id end as link
        from sales.trigger_execution e
        join sales.trigger x on x.id = e.trigger_id
        join sales.task t on t.trigger_execution_id = e.id
        join platform.message m on m.dedupe_key like 'trigger:' || e.trigger_id || ':' || e.dedupe_key || ':%'
        order by x.id";
    let written = all(&mut connection, query).await;
    // Words of the condition and of the advice, address, priority, due date.
    let sku = format!("SKU-7 Gamay {HOSTILE}");
    let expected: [(&str, &[&str], &str, &str, &str); 8] = [
        (
            "Dormant",
            &["2026-09-23, 60 days ago", "from 45 days", "Please call or visit"],
            "owner",
            "HIGH",
            "2026-11-24",
        ),
        (
            "Product: SKU-7 Gamay",
            &[
                "OUT_OF_STOCK, CRITICAL",
                "Available units: 0",
                "Reorder point: 47",
                "Days of supply: 0.0",
                "96 units",
                "Please check",
            ],
            "b",
            "HIGH",
            "2026-11-23",
        ),
        (
            "Late",
            &[
                "every 14 days",
                "2026-11-19",
                "17 days ago",
                "WARNING",
                "Please ask",
            ],
            "owner",
            "MEDIUM",
            "2026-11-24",
        ),
        (
            "Falling",
            &[
                "90 days is 100.00",
                "usually 2571.43",
                "96.1 %",
                "Please find out",
            ],
            "m",
            "HIGH",
            "2026-11-24",
        ),
        (
            "Taster",
            &[&sku, "2026-11-12, 10 days ago", "Please ask"],
            "owner",
            "MEDIUM",
            "2026-11-25",
        ),
        (
            "New",
            &["2026-11-21", "100.00", "Please thank"],
            "owner",
            "HIGH",
            "2026-11-22",
        ),
        (
            "Held",
            &["2026-11-22", "Please get in touch"],
            "owner",
            "MEDIUM",
            "2026-11-22",
        ),
        (
            "Due",
            &[&sku, "on 2026-11-24", "Please check in"],
            "owner",
            "MEDIUM",
            "2026-11-24",
        ),
    ];
    assert_eq!(written.len(), expected.len());
    for (row, (who, pieces, target, priority, due_on)) in written.iter().zip(expected) {
        let name = row["trigger_type"].as_str().unwrap();
        let link = row["link"].as_str().unwrap();
        let who = format!("{who} {HOSTILE}");
        let description = row["description"].as_str().unwrap();
        for piece in pieces.iter().chain([&link, &who.as_str()]) {
            assert!(
                description.contains(piece),
                "{name}: {piece:?} is missing in\n{description}"
            );
        }
        assert_mail_says(row, pieces);
        assert_mail_says(
            row,
            &[
                link,
                &who,
                row["subject"].as_str().unwrap().split_once("] ").unwrap().1,
            ],
        );
        let html = row["body_html"].as_str().unwrap();
        assert!(!html.contains("<script>") && !html.contains("& \"O'"), "{html}");
        assert_eq!(row["target"], format!("{target}@example.com"), "{name}");
        assert_eq!(
            (&row["priority"], &row["due_on"]),
            (&json!(priority), &json!(due_on)),
            "{name}"
        );
        assert_eq!(
            (&row["payload"]["kind"], &row["payload"]["transactional"]),
            (&json!("trigger"), &json!(true))
        );
    }
}

#[tokio::test]
async fn what_a_trigger_says_itself_stands_in_place_of_the_types_words() {
    let (db, mut connection, tenant) = distributor(json!({"default_owner_email": "owner@example.com"})).await;
    let config = json!({
        "taskTitle": format!("{}\n{{customer}}", "é".repeat(195)),
        "taskDescription": "Call {customer} ({rep}) about {days} days & <b>more</b>.\nThen write it down.",
        "priority": "LOW",
        "dueDays": 60,
    });
    trigger(&mut connection, tenant, 1, "CUSTOMER_DORMANCY", config).await;
    act(&mut connection, 1, &["CREATE_TASK", "SEND_EMAIL"]).await;
    let id = customer(&mut connection, tenant, 1, json!({"name": "Zoé's\u{7f}bar"})).await;
    bought(&mut connection, tenant, id, 60).await;
    run(&db, as_of()).await;
    let task = all(&mut connection, "select * from sales.task").await.remove(0);
    assert_eq!(
        task["title"],
        format!("{} Zoé'", "é".repeat(195)),
        "200 characters on one line"
    );
    assert_eq!(
        (&task["priority"], &task["due_on"]),
        (&json!("LOW"), &json!("2027-01-21"))
    );
    let description = task["description"].as_str().unwrap();
    assert!(
        description.contains("Call Zoé's\u{7f}bar () about 60 days & <b>more</b>.\nThen write it down."),
        "{description}"
    );
    assert!(
        description.contains("2026-09-23, 60 days ago") && !description.contains("Please"),
        "{description}"
    );
    let mail = all(&mut connection, "select * from platform.message")
        .await
        .remove(0);
    assert_mail_says(
        &mail,
        &["about 60 days & <b>more</b>.", "2026-09-23, 60 days ago"],
    );
    assert_eq!(mail["subject"], format!("[vins] {} Zoé'", "é".repeat(195)));
}
