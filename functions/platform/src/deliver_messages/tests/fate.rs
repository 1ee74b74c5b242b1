//! What becomes of a message.

use std::time::Duration;

use super::*;

#[tokio::test]
async fn a_message_waits_for_its_time() {
    let world = World::calm().await;
    world
        .mail("iron-temple", 1, json!({"not_before": "2026-11-22T12:30:00Z"}))
        .await;
    assert_eq!(counted(&world.run().await), json!({}));
    assert_eq!(
        counted(&world.run_at(instant("2026-11-22T12:30:00Z")).await),
        json!({"sent": 1})
    );
}

#[tokio::test]
async fn a_message_whose_time_is_over_is_not_sent() {
    let world = World::calm().await;
    world
        .mail("iron-temple", 1, json!({"expires_at": "2026-11-22T12:00:00Z"}))
        .await;
    world
        .mail("iron-temple", 2, json!({"expires_at": "2026-11-22T13:00:00Z"}))
        .await;
    let tried = json!({
        "attempts": 2, "next_attempt_at": "2026-11-22T11:59:00Z", "expires_at": "2026-11-22T11:58:00Z",
    });
    world.mail("iron-temple", 3, tried).await;
    assert_eq!(counted(&world.run().await), json!({"sent": 1, "expired": 2}));
    assert_eq!(world.statuses().await, ["1 expired", "2 sent", "3 expired"]);
}

#[tokio::test]
async fn suppression_is_asked_again_at_sending() {
    let world = World::calm().await;
    let owner = shared::testing::tenant_id("iron-temple");
    for (n, reason) in [
        (1, "unsubscribed"),
        (2, "bounced"),
        (3, "complained"),
        (4, "manual"),
    ] {
        let address = format!("person{n}@example.com");
        let row = json!({"id": id(n), "tenant_id": owner, "address": address, "reason": reason, "created_at": noon()});
        insert(&mut world.db.connect().await, "platform.suppression", &row).await;
        world
            .mail(
                "iron-temple",
                n,
                json!({"target": format!(" Person{n}@Example.com "), "payload": {}}),
            )
            .await;
        world
            .mail("iron-temple", 10 + n, json!({"target": address}))
            .await;
        // Another tenant's list is not asked.
        world
            .mail("wine-cellar", 20 + n, json!({"target": address}))
            .await;
    }
    assert_eq!(counted(&world.run().await), json!({"sent": 5, "suppressed": 7}));
    assert_eq!(
        numbers(&world.smtp.mails()),
        [11, 21, 22, 23, 24],
        "unsubscribed leaves transactional mail alone"
    );
}

#[tokio::test]
async fn mail_that_is_not_transactional_must_say_how_to_unsubscribe() {
    let world = World::calm().await;
    world
        .mail("iron-temple", 1, json!({"payload": {"kind": "news"}}))
        .await;
    let headers = json!({
        "List-Unsubscribe": "<https://app.example.com/unsubscribe?t=1>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    });
    world
        .mail(
            "iron-temple",
            2,
            json!({"payload": {"kind": "news"}, "headers": headers}),
        )
        .await;
    assert_eq!(counted(&world.run().await), json!({"sent": 1, "failed": 1}));
    let refused = world.is(1, "status, attempts, last_error, failed_at").await;
    assert_eq!(
        (&refused["status"], &refused["attempts"]),
        (&json!("failed"), &json!(1))
    );
    assert!(
        refused["last_error"]
            .as_str()
            .unwrap()
            .contains("List-Unsubscribe"),
        "{refused}"
    );
    assert_ne!(refused["failed_at"], Value::Null);
}

#[tokio::test]
async fn what_is_refused_for_now_has_five_attempts_each_after_twice_the_wait() {
    let world = World::new(|step, _| match step {
        "RCPT" => Act::Reply("451 4.3.0 Later"),
        _ => Act::Go,
    })
    .await;
    world.mail("iron-temple", 1, json!({})).await;
    let mut now = noon();
    for attempt in 1..5 {
        let report = world.run_at(now).await;
        assert_eq!(
            (report.status, counted(&report)),
            (Status::Succeeded, json!({"retried": 1}))
        );
        let row = world.is(1, "status, attempts, next_attempt_at, last_error").await;
        assert_eq!(
            (&row["status"], &row["attempts"]),
            (&json!("pending"), &json!(attempt))
        );
        assert_eq!(
            row["last_error"],
            "the mail server refused the recipient with 451 4.3.0"
        );
        let next = instant(row["next_attempt_at"].as_str().unwrap());
        let wait = (next - now).to_std().unwrap();
        let least = Duration::from_secs(60 * 2_u64.pow(attempt - 1));
        // The clock goes on while it works, a few seconds at most.
        assert!(
            wait >= least && wait < least.mul_f64(1.25) + Duration::from_secs(30),
            "{wait:?} after {attempt}"
        );
        let early = world.run_at(next - chrono::TimeDelta::seconds(40)).await;
        assert_eq!(counted(&early), json!({}), "not before its time");
        now = next;
    }
    assert_eq!(counted(&world.run_at(now).await), json!({"failed": 1}));
    let row = world.is(1, "status, attempts, next_attempt_at").await;
    assert_eq!(
        row,
        json!({"status": "failed", "attempts": 5, "next_attempt_at": null})
    );
}

#[tokio::test]
async fn an_address_that_is_refused_for_good_costs_nobody_else_anything() {
    let world = World::new(|step, before| match (step, before) {
        ("RCPT", 0) => Act::Reply("550 5.1.1 No such user"),
        _ => Act::Go,
    })
    .await;
    for n in 1..=5 {
        world.mail("iron-temple", n, json!({})).await;
    }
    let report = world.run().await;
    assert_eq!(
        (report.status, counted(&report)),
        (Status::Succeeded, json!({"sent": 4, "failed": 1}))
    );
}

#[tokio::test]
async fn crm_updates_go_to_the_crm() {
    let world = World::calm().await;
    let crm = Receiver::always(Answer::Status("200 OK".into())).await;
    let update =
        json!({"channel": "crm", "target": "ann@example.com", "payload": {"properties": {"tier": "gold"}}});
    world.message("wine-cellar", 1, update, json!({})).await;
    let program = world.program_with(&[("CRM_BASE_URL", &crm.url("")), ("CRM_TOKEN", "hidden")]);
    let report = world.db.run(&program, &invoked(noon())).await;
    assert_eq!(counted(&report), json!({"sent": 1}));
    let requests = crm.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(
        requests[0].target,
        "/crm/v3/objects/contacts/ann@example.com?idProperty=email"
    );
}

#[tokio::test]
async fn the_messages_of_a_channel_that_is_not_set_up_wait() {
    let world = World::calm().await;
    let update =
        json!({"channel": "crm", "target": "ann@example.com", "payload": {"properties": {"tier": "gold"}}});
    world.message("wine-cellar", 1, update, json!({})).await;
    assert_eq!(counted(&world.run().await), json!({}));
    assert_eq!(
        world.is(1, "status, attempts").await,
        json!({"status": "pending", "attempts": 0})
    );
}
