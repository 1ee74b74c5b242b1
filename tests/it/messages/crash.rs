//! A sender that dies: nothing is lost, and what goes out twice has the same id.

use demo::runtime_api::Function;

use super::*;
use crate::{resume::killed_when, stage::Gate};

/// An e-mail and a webhook, and their ids.
async fn two(post: &Post) -> Vec<String> {
    sorted([
        post.email(Some(post.alpha), 1).await,
        post.webhook(post.alpha, 2).await,
    ])
}

fn twice(ids: &[String]) -> Vec<String> {
    let mut twice = [ids, ids].concat();
    twice.sort_unstable();
    twice
}

/// Lets the claims of a sender that was killed end, and calls it again by the same event.
async fn called_again(post: &Post, function: &Function) -> Value {
    post.stage.wait_until_unlocked(LOCK).await;
    let_claims_end(post).await;
    let resumed = checked(JOB, function.invoke(&rule(JOB)).await.unwrap());
    let report = resumed.answer().unwrap();
    assert_eq!(
        (&report["status"], &report["attempt"], &report["resumed"]),
        (&json!("succeeded"), &json!(2), &json!(true))
    );
    report["counters"].clone()
}

#[tokio::test]
async fn killed_while_it_claims_it_has_claimed_nothing() {
    let post = Post::new().await;
    let ids = two(&post).await;
    let gate = Gate::on(&post.stage, ("platform.message", "status"), "sending").await;
    let function = post.function();
    killed_when(JOB, &function, &rule(JOB), gate.reached(&post.stage)).await;
    // The server does not notice that its client is gone while a statement waits.
    gate.cut(&post.stage).await;
    gate.open().await;
    assert_eq!(
        post.outbox().await,
        ["alpha message-1 pending 0", "alpha message-2 pending 0"]
    );
    assert_eq!(
        called_again(&post, &function).await,
        counters(&json!({"sent": 2}))
    );
    assert_eq!(post.got(), ids);
    assert_eq!(
        post.outbox().await,
        ["alpha message-1 sent 1 2.0.0 Ok: taken", "alpha message-2 sent 1"]
    );
}

#[tokio::test]
async fn killed_before_it_has_said_anything_its_message_goes_out_once_when_the_claim_ends() {
    let post = Post::new().await;
    let ids = sorted([post.email(Some(post.alpha), 1).await]);
    post.mail.greeting().close();
    let function = post.function();
    killed_when(JOB, &function, &rule(JOB), post.mail.greeting().reached(1)).await;
    post.mail.greeting().open();
    assert!(post.got().is_empty());
    assert_eq!(post.outbox().await, ["alpha message-1 sending 1"]);

    // Before its claim ends the message is nobody else's.
    post.stage.wait_until_unlocked(LOCK).await;
    let early = post.invoke(&rule_with_id(JOB, "early")).await;
    assert_eq!(early.answer().unwrap()["total"], 0);

    assert_eq!(post.outbox().await, ["alpha message-1 sending 1"]);
    let_claims_end(&post).await;
    let late = post.invoke(&rule_with_id(JOB, "late")).await;
    assert_eq!(late.answer().unwrap()["counters"], counters(&json!({"sent": 1})));
    assert_eq!(post.got(), ids);
    assert_eq!(post.outbox().await, ["alpha message-1 sent 2 2.0.0 Ok: taken"]);
}

#[tokio::test]
async fn killed_while_receivers_think_it_sends_again_under_the_same_ids() {
    let post = Post::new().await;
    let ids = two(&post).await;
    post.mail.taking().close();
    post.hooks.answering().close();
    let function = post.function();
    killed_when(JOB, &function, &rule(JOB), async {
        post.mail.taking().reached(1).await;
        post.hooks.answering().reached(1).await;
    })
    .await;
    post.mail.taking().open();
    post.hooks.answering().open();
    assert_eq!(
        post.outbox().await,
        ["alpha message-1 sending 1", "alpha message-2 sending 1"]
    );
    assert_eq!(
        called_again(&post, &function).await,
        counters(&json!({"sent": 2}))
    );
    assert_eq!(post.got(), twice(&ids));
    assert_eq!(
        post.outbox().await,
        ["alpha message-1 sent 2 2.0.0 Ok: taken", "alpha message-2 sent 2"]
    );
}

#[tokio::test]
async fn killed_between_the_receivers_yes_and_its_own_mark_it_sends_again_under_the_same_ids() {
    let post = Post::new().await;
    let ids = two(&post).await;
    let gate = Gate::on(&post.stage, ("platform.message", "status"), "sent").await;
    // So that both are with their receivers when the first is written down.
    post.mail.taking().close();
    post.hooks.answering().close();
    let function = post.function();
    killed_when(JOB, &function, &rule(JOB), async {
        post.mail.taking().reached(1).await;
        post.hooks.answering().reached(1).await;
        post.mail.taking().open();
        post.hooks.answering().open();
        gate.reached(&post.stage).await;
    })
    .await;
    gate.cut(&post.stage).await;
    gate.open().await;
    assert_eq!(
        post.outbox().await,
        ["alpha message-1 sending 1", "alpha message-2 sending 1"]
    );
    assert_eq!(
        called_again(&post, &function).await,
        counters(&json!({"sent": 2}))
    );
    assert_eq!(post.got(), twice(&ids));
    assert_eq!(
        post.outbox().await,
        ["alpha message-1 sent 2 2.0.0 Ok: taken", "alpha message-2 sent 2"]
    );
}

#[tokio::test]
async fn what_died_in_five_attempts_is_given_up() {
    let post = Post::new().await;
    let row = json!({"status": "sending", "attempts": 5, "next_attempt_at": WRITTEN});
    post.message(Some(post.alpha), 1, row).await;
    let run = post.invoke(&rule(JOB)).await;
    assert_eq!(run.answer().unwrap()["counters"], counters(&json!({"failed": 1})));
    assert_eq!(post.outbox().await, ["alpha message-1 failed 5"]);
    assert!(post.got().is_empty());
}
