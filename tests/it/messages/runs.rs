//! What each way of starting it sends.

use super::*;

#[tokio::test]
async fn a_rules_event_sends_what_waits_of_all_and_a_repeated_one_nothing() {
    let post = Post::new().await;
    let (alpha, beta) = (Some(post.alpha), Some(post.beta));
    let due = sorted([
        post.email(alpha, 1).await,
        post.email(alpha, 2).await,
        post.webhook(post.alpha, 3).await,
        post.email(beta, 1).await,
        post.email(None, 1).await,
    ]);
    let later = "2026-02-04T00:00:00Z";
    post.message(alpha, 4, json!({"not_before": later})).await;
    post.message(alpha, 5, json!({"expires_at": AS_OF})).await;
    post.message(beta, 2, json!({"target": " Ann@Leak.example"}))
        .await;
    let row = json!({"tenant_id": post.beta, "address": "ann@leak.example", "reason": "bounced"});
    insert(&mut post.stage.db.connect().await, "platform.suppression", &row).await;

    let report = post.invoke(&rule(JOB)).await.answer().unwrap().clone();
    let expected = json!({
        "job": JOB, "runId": report["runId"], "status": "succeeded", "trigger": "schedule", "asOf": AS_OF, "dryRun": false,
        "attempt": 1, "resumed": false, "durationMs": report["durationMs"],
        "tenants": {"total": 2, "processed": 2, "failed": 0}, "total": 7, "processed": 7, "failed": 0,
        "counters": counters(&json!({"sent": 5, "expired": 1, "suppressed": 1})),
        "errors": [], "errorsTruncated": false, "changes": [],
    });
    assert_eq!(report, expected);
    let mails = post.mail.take();
    let mail = mails
        .iter()
        .find(|mail| mail.to == "zebulon-2@leak.example")
        .unwrap();
    assert_eq!(mail.from, "no-reply@example.com");
    for (name, value) in [
        ("From", "Nightshift <no-reply@example.com>"),
        ("To", "zebulon-2@leak.example"),
        ("Subject", "For Zebulon"),
    ] {
        assert_eq!(mail.header(name).as_deref(), Some(value), "{name}");
    }
    let hooks = post.hooks.take();
    let [hook] = hooks.as_slice() else {
        panic!("{hooks:?}")
    };
    assert_eq!(hook.path, "/quagmire/3");
    let body: Value = serde_json::from_str(&hook.body).unwrap();
    assert_eq!(body, json!({"type": "note.made", "data": {"n": 3}}));
    assert!(hook.header("webhook-signature").unwrap().starts_with("v1,"));
    let mut got: Vec<String> = mails.iter().map(message_id).collect();
    got.push(hook.header("webhook-id").unwrap().to_owned());
    got.sort_unstable();
    assert_eq!(got, due);
    let left = [
        "alpha message-1 sent 1 2.0.0 Ok: taken",
        "alpha message-2 sent 1 2.0.0 Ok: taken",
        "alpha message-3 sent 1",
        "alpha message-4 pending 0",
        "alpha message-5 expired 0",
        "beta message-1 sent 1 2.0.0 Ok: taken",
        "beta message-2 suppressed 0",
        "operator message-1 sent 1 2.0.0 Ok: taken",
    ];
    assert_eq!(post.outbox().await, left);
    // The run's clock, which goes on while it works.
    let sent_at =
        format!("select count(*) from platform.message where sent_at >= '{AS_OF}' and sent_at < '{later}'");
    assert_eq!(post.stage.count(&sent_at).await, 5);

    // What another run would send.
    post.email(beta, 3).await;
    let mut again = report;
    again["duplicate"] = json!(true);
    assert_eq!(post.invoke(&rule(JOB)).await.answer().unwrap(), &again);
    assert!(post.got().is_empty());
}

#[tokio::test]
async fn a_run_that_finds_nothing_due_has_sent_nothing() {
    let post = Post::new().await;
    post.email(Some(post.alpha), 1).await;
    let function = post.function();
    for (id, sent) in [("first", 1), ("second", 0)] {
        let run = checked(JOB, function.invoke(&rule_with_id(JOB, id)).await.unwrap());
        let report = run.answer().unwrap();
        assert_eq!(
            (&report["status"], &report["counters"]),
            (&json!("succeeded"), &counters(&json!({"sent": sent}))),
        );
        assert_eq!(post.got().len(), sent);
    }
}

#[tokio::test]
async fn a_direct_request_for_one_tenant_leaves_the_others_and_the_operator_alone() {
    let post = Post::new().await;
    let due = sorted([
        post.email(Some(post.alpha), 1).await,
        post.webhook(post.alpha, 2).await,
    ]);
    post.email(Some(post.beta), 1).await;
    post.webhook(post.beta, 2).await;
    post.email(None, 1).await;
    let others = format!("t.tenant_id is distinct from '{}'", post.alpha);
    let before = post.rows(&others).await;
    let run = post.invoke(&direct(json!({"tenant": "alpha"}))).await;
    let report = run.answer().unwrap();
    assert_eq!(
        (&report["total"], &report["tenants"]["total"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(post.got(), due);
    assert_eq!(post.rows(&others).await, before);
}

#[tokio::test]
async fn an_unknown_field_is_refused_with_those_that_are_known() {
    let post = Post::new().await;
    post.email(Some(post.alpha), 1).await;
    let refused = post.invoke(&json!({"limt": 1})).await;
    let message = "unknown field 'limt'; known fields: tenant, dryRun, limit, asOf, lockId, key, reason";
    assert_eq!(error(&refused), ("BadRequest", message));
    assert_eq!(post.stage.count("select count(*) from platform.job_run").await, 0);
    assert!(post.got().is_empty());
}

#[tokio::test]
async fn a_dry_run_says_what_is_due_sends_nothing_and_leaves_every_row() {
    let post = Post::new().await;
    let due = [
        post.email(Some(post.alpha), 1).await,
        post.webhook(post.alpha, 2).await,
        post.email(None, 1).await,
    ];
    let expired = post
        .message(Some(post.beta), 1, json!({"expires_at": AS_OF}))
        .await;
    let before = post.rows("true").await;
    let run = post.invoke(&direct(json!({"dryRun": true}))).await;
    let report = run.answer().unwrap();
    assert_eq!(
        (&report["status"], &report["total"], &report["counters"]),
        (
            &json!("succeeded"),
            &json!(4),
            &counters(&json!({"due": 3, "expired": 1}))
        )
    );
    let change = |tenant: &str, id: Uuid, after: &str| json!({"tenant": tenant, "subject": format!("message:{id}"), "before": "due", "after": after});
    let expected = json!([
        change("", due[2], "sending"),
        change("alpha", due[0], "sending"),
        change("alpha", due[1], "sending"),
        change("beta", expired, "expired"),
    ]);
    assert_eq!(report["changes"], expected);
    assert_eq!(post.rows("true").await, before);
    assert!(post.got().is_empty());
}

#[tokio::test]
async fn a_limit_is_kept_and_the_rest_is_left_to_another_run() {
    let post = Post::new().await;
    for n in 1..=5 {
        post.email(Some(post.alpha), n).await;
    }
    let function = post.function();
    for (sent, more) in [(2, true), (2, true), (1, false)] {
        let run = checked(JOB, function.invoke(&direct(json!({"limit": 2}))).await.unwrap());
        let expected = counters(&json!({"sent": sent, "more": more}));
        let report = run.answer().unwrap();
        assert_eq!(report["counters"], expected);
        assert_eq!(post.got().len(), sent);
        // It does not wait for its deadline.
        assert!(report["durationMs"].as_u64() < Some(10_000), "{report}");
    }
}

#[tokio::test]
async fn a_run_while_another_holds_the_lock_is_skipped() {
    let post = Post::new().await;
    post.email(Some(post.alpha), 1).await;
    let before = post.rows("true").await;
    let mut elsewhere = post.stage.db.connect().await;
    execute(&mut elsewhere, &format!("select pg_advisory_lock({LOCK})")).await;
    let run = post.invoke(&rule(JOB)).await;
    assert_eq!(run.answer().unwrap(), &skipped(JOB, "locked"));
    assert_eq!(post.rows("true").await, before);
    assert!(post.got().is_empty());
}
