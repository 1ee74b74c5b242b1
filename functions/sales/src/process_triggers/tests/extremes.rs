//! What people may write into a distributor's rows: too long, too deep, too large. The others are not harmed.

use std::time::{Duration, Instant};

use super::*;

#[tokio::test]
async fn an_address_that_is_too_long_gets_nothing_and_harms_nothing() {
    let too_long = format!("{}@example.com", "x".repeat(6_388));
    let longest = format!("{}@example.com", "x".repeat(242));
    let (db, mut connection, tenant) = distributor(json!({
        "default_owner_email": &too_long, "manager_emails": [&too_long, format!("x{longest}"), &longest],
        "crm_enabled": true,
    }))
    .await;
    let config = json!({"emailTo": ["owner", "manager"]});
    trigger(&mut connection, tenant, 1, "CUSTOMER_DORMANCY", config).await;
    act(&mut connection, 1, &["CREATE_TASK", "SEND_EMAIL", "UPDATE_CRM"]).await;
    dormant(&mut connection, tenant, 1).await;
    execute(
        &mut connection,
        &format!("update sales.customer set email = '{too_long}'"),
    )
    .await;
    let report = run(&db, as_of()).await;
    assert_eq!(
        (report.totals.failed, &counted(&report)["executed"]),
        (0, &json!(1))
    );
    let sent = all(&mut connection, "select channel, target from platform.message").await;
    assert_eq!(sent, [json!({"channel": "email", "target": longest})]);
    let noted = all(
        &mut connection,
        "select metadata -> 'omitted' as omitted from sales.trigger_execution",
    )
    .await;
    assert_eq!(noted[0]["omitted"], json!({"UPDATE_CRM": "no_address"}));
}

#[tokio::test]
async fn a_name_of_a_million_characters_makes_texts_of_a_few() {
    let (db, mut connection, tenant) = distributor(json!({"default_owner_email": "owner@example.com"})).await;
    let config = json!({"taskDescription": "{customer} {rep} {customer}"});
    trigger(&mut connection, tenant, 1, "CUSTOMER_DORMANCY", config).await;
    act(&mut connection, 1, &["CREATE_TASK", "SEND_EMAIL"]).await;
    dormant(&mut connection, tenant, 1).await;
    execute(
        &mut connection,
        "update sales.customer set name = repeat('é', 1000000);
         update sales.trigger set name = repeat('t', 1000000)",
    )
    .await;
    let begun = Instant::now();
    let report = run(&db, as_of()).await;
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert_eq!(counted(&report)["executed"], 1);
    let name = "é".repeat(200);
    let task = all(&mut connection, "select * from sales.task").await.remove(0);
    assert_eq!(task["title"], format!("Win back {}", "é".repeat(191)));
    let description = task["description"].as_str().unwrap();
    assert!(
        description.starts_with(&format!("Customer: {name}\n")),
        "{description}"
    );
    assert!(
        description.contains(&format!("\n{name}  {name}\n")),
        "{description}"
    );
    let lengths = "select length(subject) as subject, length(body_text) as text, length(body_html) as html
        from platform.message";
    for (text, length) in object(all(&mut connection, lengths).await.remove(0)) {
        let length = length.as_u64().unwrap();
        assert!((1..3_000).contains(&length), "{text}: {length}");
    }
}

#[tokio::test]
async fn a_config_that_cannot_be_read_is_its_triggers_failure_alone() {
    let nested = format!("{{\"note\": {}1{}}}", "[".repeat(200), "]".repeat(200));
    for (config, why) in [
        ("{\"note\": 1e400}", "config cannot be read: number out of range"),
        (&nested, "config cannot be read: recursion limit exceeded"),
        ("[]", "config is an array and takes an object"),
        ("null", "config is null and takes an object"),
        ("1e400", "config cannot be read: number out of range"),
    ] {
        let (db, mut connection, tenant) = distributor(json!({})).await;
        for n in [1, 2] {
            trigger(&mut connection, tenant, n, "CUSTOMER_DORMANCY", json!({})).await;
        }
        dormant(&mut connection, tenant, 1).await;
        let spoil = format!(
            "update sales.trigger set config = '{config}' where id = '{}'",
            trigger_id(1)
        );
        execute(&mut connection, &spoil).await;
        let report = run(&db, as_of()).await;
        assert_eq!(
            (report.totals.total, report.totals.failed, report.tenants.failed),
            (2, 1, 0),
            "{config}"
        );
        let error = &report.errors[0];
        assert_eq!(error.subject, format!("trigger:{}", trigger_id(1)));
        assert!(error.message.starts_with(why), "{}", error.message);
        let counted = counted(&report);
        assert_eq!(
            (&counted["triggersProcessed"], &counted["executed"]),
            (&json!(1), &json!(1)),
            "{config}"
        );
    }
}

/// The page that ends the list says so, and none is asked for beyond it.
#[tokio::test]
async fn a_full_page_is_the_last_when_nothing_is_left() {
    let (db, mut connection, tenant) = distributor(json!({})).await;
    trigger(&mut connection, tenant, 1, "CUSTOMER_DORMANCY", json!({})).await;
    dormant(&mut connection, tenant, 4).await;
    let mut reader = db.connect().await;
    let scope = opened(&mut reader, "UTC", as_of()).await;
    let mut pages = Vec::new();
    let mut after: Option<Place> = None;
    loop {
        let page = job().read(&mut reader, &scope, after.as_ref(), 2).await.unwrap();
        pages.push(page.rows.len());
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(pages, [2, 2]);
}
