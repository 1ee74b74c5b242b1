//! Webhooks: each endpoint one after the other, and none for the others.

use tokio::sync::Notify;

use super::*;

fn ok() -> Answer {
    Answer::Status("200 OK".into())
}

fn status(text: &str) -> Answer {
    Answer::Status(text.into())
}

/// The numbers of the webhooks that came, in their order.
fn came(receiver: &Receiver) -> Vec<u64> {
    let number = |body: &str| {
        serde_json::from_str::<Value>(body).unwrap()["data"]["n"]
            .as_u64()
            .unwrap()
    };
    receiver
        .requests()
        .iter()
        .map(|request| number(&request.body))
        .collect()
}

#[tokio::test]
async fn an_endpoint_gets_one_message_after_the_other_in_their_order() {
    let world = World::calm().await;
    let receiver = Receiver::always(ok()).await;
    world.endpoint("iron-temple", 90, &receiver.url("/"), false).await;
    for n in [3, 1, 2] {
        world.hook("iron-temple", n, 90, json!({})).await;
    }
    assert_eq!(
        counted(&world.run().await),
        json!({"sent": 3}),
        "one run paces itself"
    );
    assert_eq!(came(&receiver), [1, 2, 3]);
    assert_eq!(receiver.requests()[0].headers["webhook-id"], id(1).to_string());
}

#[tokio::test]
async fn an_endpoint_that_has_just_been_sent_to_is_left_alone() {
    let world = World::calm().await;
    let receiver = Receiver::always(ok()).await;
    world.endpoint("iron-temple", 90, &receiver.url("/"), false).await;
    world.hook("iron-temple", 1, 90, json!({})).await;
    world
        .execute("update platform.webhook_endpoint set next_send_at = '2100-01-01'")
        .await;
    assert_eq!(
        counted(&world.run_at(instant("2200-01-01T00:00:00Z")).await),
        json!({})
    );
    assert!(came(&receiver).is_empty());
}

#[tokio::test]
async fn one_that_does_not_answer_holds_up_nobody_else() {
    let world = World::calm().await;
    let told = Arc::new(Notify::new());
    let late = Receiver::always(Answer::Late(Arc::clone(&told))).await;
    let quick = Receiver::always(ok()).await;
    world.endpoint("iron-temple", 90, &late.url("/"), false).await;
    world.endpoint("iron-temple", 91, &quick.url("/"), false).await;
    world
        .endpoint("wine-cellar", 92, &quick.url("/other"), false)
        .await;
    world.hook("iron-temple", 1, 90, json!({})).await;
    world.hook("iron-temple", 2, 91, json!({})).await;
    world.hook("wine-cellar", 3, 92, json!({})).await;
    world.mail("wine-cellar", 4, json!({})).await;
    // One after the other, while the first one still does not answer.
    world.hook("iron-temple", 5, 91, json!({})).await;
    world.hook("iron-temple", 6, 91, json!({})).await;
    let (program, request, runner) = (world.program(), invoked(noon()), world.db.runner(1));
    let mut nobody = ();
    let run = runner.run(&program, &request, None, &mut nobody);
    let others = async {
        late.silent().await;
        let sent = "select count(*) as n from platform.message where status = 'sent'";
        while one(&mut world.db.connect().await, sent).await["n"] != 5 {
            tokio::task::yield_now().await;
        }
        assert_eq!(world.is(1, "status").await, json!({"status": "sending"}));
        told.notify_one();
    };
    let (answer, ()) = tokio::join!(run, others);
    assert_eq!(
        counted(&shared::testing::ran(answer.unwrap())),
        json!({"sent": 6})
    );
}

#[tokio::test]
async fn where_order_is_asked_for_what_is_tried_again_holds_up_what_is_behind() {
    let world = World::calm().await;
    let answers = |n: usize| if n == 1 { status("500 Oh") } else { ok() };
    let (ordered, other) = (Receiver::start(answers).await, Receiver::start(answers).await);
    world.endpoint("iron-temple", 90, &ordered.url("/"), true).await;
    world.endpoint("iron-temple", 91, &other.url("/"), false).await;
    for n in 1..=3 {
        world.hook("iron-temple", n, 90, json!({})).await;
        world.hook("iron-temple", 10 + n, 91, json!({})).await;
    }
    assert_eq!(counted(&world.run().await), json!({"sent": 3, "retried": 2}));
    assert_eq!((came(&ordered), came(&other)), (vec![1, 2], vec![11, 12, 13]));
    // Its pause is over: the message that failed still comes first.
    world.rested().await;
    assert_eq!(
        counted(&world.run_at(instant("2026-11-22T12:05:00Z")).await),
        json!({"sent": 3})
    );
    assert_eq!(
        (came(&ordered), came(&other)),
        (vec![1, 2, 2, 3], vec![11, 12, 13, 12])
    );
}

#[tokio::test]
async fn a_receiver_that_wants_to_be_left_alone_is() {
    let world = World::calm().await;
    let receiver = Receiver::start(|n| match n {
        0 => status("429 Slow\r\nretry-after: 600"),
        _ => ok(),
    })
    .await;
    world.endpoint("iron-temple", 90, &receiver.url("/"), false).await;
    world.hook("iron-temple", 1, 90, json!({})).await;
    world.hook("iron-temple", 2, 90, json!({})).await;
    assert_eq!(counted(&world.run().await), json!({"retried": 1}));
    let pause = "select next_send_at - clock_timestamp() between '9 min' and '10 min' as is_left_alone
        from platform.webhook_endpoint";
    assert_eq!(
        one(&mut world.db.connect().await, pause).await,
        json!({"is_left_alone": true})
    );
    assert_eq!(came(&receiver), [1], "the other one is not tried meanwhile");
    world.rested().await;
    assert_eq!(
        counted(&world.run_at(instant("2026-11-22T12:11:00Z")).await),
        json!({"sent": 2})
    );
}

#[tokio::test]
async fn one_that_is_gone_is_disabled_and_its_messages_are_given_up() {
    let world = World::calm().await;
    let receiver = Receiver::always(status("410 Gone")).await;
    world.endpoint("iron-temple", 90, &receiver.url("/"), false).await;
    for n in 1..=3 {
        world.hook("iron-temple", n, 90, json!({})).await;
    }
    // Of no endpoint there is, or ever was.
    world.hook("wine-cellar", 4, 90, json!({})).await;
    assert_eq!(
        counted(&world.run().await),
        json!({"failed": 4, "endpointsDisabled": 1})
    );
    assert_eq!(receiver.requests().len(), 1);
    let endpoint = one(
        &mut world.db.connect().await,
        "select is_enabled, disabled_reason from platform.webhook_endpoint",
    )
    .await;
    assert_eq!(
        endpoint,
        json!({"is_enabled": false, "disabled_reason": "the webhook's receiver answered HTTP 410: it is there no more"})
    );
    for n in [2, 3, 4] {
        let row = world.is(n, "status, attempts, last_error").await;
        let why = "its webhook endpoint is disabled or there no more";
        assert_eq!(row, json!({"status": "failed", "attempts": 0, "last_error": why}));
    }
}

#[tokio::test]
async fn a_worker_that_died_leaves_its_message_and_its_endpoint_to_the_next() {
    let world = World::calm().await;
    let receiver = Receiver::always(ok()).await;
    world.endpoint("iron-temple", 90, &receiver.url("/"), true).await;
    world
        .hook("iron-temple", 1, 90, json!({"status": "sending", "attempts": 1}))
        .await;
    world.hook("iron-temple", 2, 90, json!({})).await;
    world
        .execute("update platform.webhook_endpoint set next_send_at = '2001-01-01'")
        .await;
    assert_eq!(counted(&world.run().await), json!({"sent": 2}));
    assert_eq!(came(&receiver), [1, 2], "in their order");
    assert_eq!(world.is(1, "attempts").await, json!({"attempts": 2}));
}

#[tokio::test]
async fn a_key_that_is_missing_costs_no_message_an_attempt_and_the_other_endpoints_nothing() {
    let world = World::calm().await;
    let receiver = Receiver::always(ok()).await;
    world
        .endpoint("iron-temple", 90, &receiver.url("/sealed"), true)
        .await;
    world.endpoint("iron-temple", 91, &receiver.url("/"), false).await;
    let sealed = format!(
        "update platform.webhook_endpoint set secret = 'enc:v1:c2VhbGVk' where id = '{}'",
        id(90)
    );
    world.execute(&sealed).await;
    for n in [1, 2] {
        world.hook("iron-temple", n, 90, json!({})).await;
        world.hook("iron-temple", 10 + n, 91, json!({})).await;
    }
    assert_eq!(counted(&world.run().await), json!({"sent": 2, "closed": 1}));
    assert_eq!(came(&receiver), [11, 12]);
    let why = "its endpoint's secret is sealed, and WEBHOOK_KEY_SECRET_ID is not set";
    let row = world.is(1, "status, attempts, last_error").await;
    assert_eq!(
        row,
        json!({"status": "pending", "attempts": 0, "last_error": why})
    );
    // Once it is mended, all goes on in its order.
    let mended = format!("update platform.webhook_endpoint set secret = '{SECRET}'");
    world.execute(&mended).await;
    world.rested().await;
    assert_eq!(counted(&world.run().await), json!({"sent": 2}));
    assert_eq!(came(&receiver), [11, 12, 1, 2]);
}
