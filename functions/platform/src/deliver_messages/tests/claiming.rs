//! Which messages are taken up, and by whom.

use shared::{
    config::Config,
    report::{Answer, Skip},
    run::Runner,
    testing::{ran, scheduled},
};

use super::*;

#[tokio::test]
async fn what_waits_is_sent_whoever_it_belongs_to() {
    let world = World::calm().await;
    world.mail("iron-temple", 1, json!({})).await;
    world.mail("wine-cellar", 2, json!({})).await;
    world.mail("", 3, json!({})).await;
    let report = world.run().await;
    assert_eq!(
        (report.status, counted(&report)),
        (Status::Succeeded, json!({"sent": 3}))
    );
    assert_eq!((report.totals.total, report.totals.processed), (3, 3));
    assert_eq!(numbers(&world.smtp.mails()), [1, 2, 3]);
    for n in 1..=3 {
        assert_eq!(
            world
                .is(
                    n,
                    "status, attempts, provider_ref, last_error, next_attempt_at, failed_at"
                )
                .await,
            json!({
                "status": "sent", "attempts": 1, "provider_ref": "2.0.0 Ok: queued as 4F2A", "last_error": null,
                "next_attempt_at": null, "failed_at": null,
            })
        );
    }
    let mails = world.smtp.mails();
    let mut ids: Vec<String> = mails
        .iter()
        .map(|mail| mail.header("Message-ID").unwrap())
        .collect();
    ids.sort();
    assert_eq!(ids, [1, 2, 3].map(|n| format!("<{}@example.com>", id(n))));
    assert_eq!(counted(&world.run().await), json!({}), "once and no more");
    assert_eq!(world.smtp.mails().len(), 3);
}

#[tokio::test]
async fn more_than_a_claim_holds_is_sent_by_one_run() {
    let world = World::calm().await;
    for n in 1..=60 {
        world
            .mail(["iron-temple", "wine-cellar"][n as usize % 2], n, json!({}))
            .await;
    }
    assert_eq!(counted(&world.run().await), json!({"sent": 60}));
    assert_eq!(numbers(&world.smtp.mails()), (1..=60).collect::<Vec<_>>());
}

#[tokio::test]
async fn several_workers_at_once_send_each_message_once() {
    let world = World::calm().await;
    for n in 1..=200 {
        world.mail("iron-temple", n, json!({})).await;
    }
    let runners = [1, 2, 3, 4].map(|lock| {
        let config = Config {
            lock_id: Some(lock),
            ..world.db.config()
        };
        Runner::new(config, "worker")
    });
    let program = &world.program();
    let event = |n: usize| scheduled(&format!("event-{n}"), noon());
    let requests = [0, 1, 2, 3].map(event);
    let runs = runners.iter().zip(&requests);
    let runs = runs.map(|(runner, request)| async move { runner.run(program, request, None, &mut ()).await });
    let mut sent = 0;
    for answer in futures_util::future::join_all(runs).await {
        match answer {
            // A later worker's fence overtakes an earlier one, which stops and keeps what it has sent.
            Ok(Answer::Ran(report)) => sent += report.counters["sent"].as_u64().unwrap(),
            Ok(Answer::Skipped { .. }) => {}
            Err(error) => panic!("{error:#}"),
        }
    }
    assert_eq!(numbers(&world.smtp.mails()), (1..=200).collect::<Vec<_>>());
    assert_eq!(sent, 200);
}

#[tokio::test]
async fn a_second_run_is_skipped_while_one_is_at_work() {
    let world = World::new(|step, before| match (step, before) {
        (".", 0) => Act::Hang,
        _ => Act::Go,
    })
    .await;
    world.mail("iron-temple", 1, json!({})).await;
    let (runner, program, first) = (world.db.runner(1), world.program(), invoked(noon()));
    let second = async {
        world.smtp.hung().await;
        world
            .db
            .runner(1)
            .run(&world.program(), &invoked(noon()), None, &mut ())
            .await
            .unwrap()
    };
    let mut nobody = ();
    tokio::select! {
        _ = runner.run(&program, &first, None, &mut nobody) => panic!("the first is held up"),
        answer = second => assert!(matches!(answer, Answer::Skipped { reason: Skip::Locked, .. })),
    }
}

#[tokio::test]
async fn what_another_worker_holds_is_left_until_its_claim_ends() {
    let world = World::calm().await;
    let held = |until: &str| json!({"status": "sending", "attempts": 1, "next_attempt_at": until});
    world.mail("iron-temple", 1, held("2100-01-01T00:00:00Z")).await;
    world.mail("iron-temple", 2, held("2001-01-01T00:00:00Z")).await;
    // The run's clock is far past the first claim's end; a claim ends by the server's.
    assert_eq!(
        counted(&world.run_at(instant("2200-01-01T00:00:00Z")).await),
        json!({"sent": 1})
    );
    assert_eq!(world.statuses().await, ["1 sending", "2 sent"]);
    assert_eq!(world.is(2, "attempts").await, json!({"attempts": 2}));
    let ids: Vec<_> = world
        .smtp
        .mails()
        .iter()
        .map(|mail| mail.header("Message-ID").unwrap())
        .collect();
    assert_eq!(
        ids,
        [format!("<{}@example.com>", id(2))],
        "the id of its first attempt"
    );
}

#[tokio::test]
async fn a_message_whose_fifth_attempt_never_ended_is_given_up() {
    let world = World::calm().await;
    let died = json!({"status": "sending", "attempts": 5, "next_attempt_at": "2001-01-01T00:00:00Z"});
    world.mail("iron-temple", 1, died).await;
    assert_eq!(counted(&world.run().await), json!({"failed": 1}));
    assert_eq!(
        world.is(1, "status, attempts, last_error").await,
        json!({
            "status": "failed", "attempts": 5,
            "last_error": "its last attempt ended without a word; it may have been sent",
        })
    );
    assert!(world.smtp.mails().is_empty());
}

#[tokio::test]
async fn a_run_of_one_tenant_sends_its_messages_alone() {
    let world = World::calm().await;
    world.mail("iron-temple", 1, json!({})).await;
    world.mail("wine-cellar", 2, json!({})).await;
    world.mail("", 3, json!({})).await;
    let request = Request {
        tenant: Some("wine-cellar".into()),
        ..invoked(noon())
    };
    let report = world.db.run(&world.program(), &request).await;
    assert_eq!((counted(&report), report.tenants.total), (json!({"sent": 1}), 1));
    assert_eq!(world.statuses().await, ["1 pending", "2 sent", "3 pending"]);
}

#[tokio::test]
async fn a_suspended_tenants_messages_wait() {
    let world = World::calm().await;
    world.mail("iron-temple", 1, json!({})).await;
    world
        .execute("update platform.tenant set suspended_at = '2026-01-01' where slug = 'iron-temple'")
        .await;
    assert_eq!(counted(&world.run().await), json!({}));
    world
        .execute("update platform.tenant set suspended_at = null")
        .await;
    assert_eq!(counted(&world.run().await), json!({"sent": 1}));
}

#[tokio::test]
async fn a_limit_counts_messages_and_leaves_the_rest_untouched() {
    let world = World::calm().await;
    for n in 1..=9 {
        world.mail("iron-temple", n, json!({})).await;
    }
    let request = Request {
        limit: Some(4),
        ..invoked(noon())
    };
    let report = world.db.run(&world.program(), &request).await;
    assert_eq!(
        (report.totals.total, counted(&report)),
        (4, json!({"sent": 4, "more": true}))
    );
    assert_eq!(numbers(&world.smtp.mails()), [1, 2, 3, 4], "the oldest first");
    assert_eq!(
        world.is(5, "status, attempts, next_attempt_at").await["attempts"],
        0
    );
    assert_eq!(counted(&world.run().await), json!({"sent": 5}));
}

#[tokio::test]
async fn a_dry_run_says_what_it_would_do_and_does_nothing() {
    let world = World::calm().await;
    world.mail("iron-temple", 1, json!({})).await;
    world
        .mail("iron-temple", 2, json!({"expires_at": "2026-11-22T11:30:00Z"}))
        .await;
    let rows = "select m.*, m.xmin::text as version from platform.message m order by id";
    let before = all(&mut world.db.connect().await, rows).await;
    let request = Request {
        dry_run: true,
        ..invoked(noon())
    };
    let report = world.db.run(&world.program(), &request).await;
    assert_eq!(counted(&report), json!({"due": 1, "expired": 1}));
    let changes: Vec<_> = report
        .changes
        .iter()
        .map(|change| (change.subject.clone(), change.after.clone()))
        .collect();
    let subject = |n| format!("message:{}", id(n));
    assert_eq!(
        changes,
        [(subject(1), json!("sending")), (subject(2), json!("expired"))]
    );
    // Dropped locks leave their mark on a row, but not on what it says.
    let after = all(&mut world.db.connect().await, rows).await;
    assert_eq!(after, before);
    assert_eq!(world.smtp.reached("connect"), 0);
}

#[tokio::test]
async fn a_run_of_one_event_is_answered_from_its_row_when_it_comes_again() {
    let world = World::calm().await;
    world.mail("iron-temple", 1, json!({})).await;
    let event = scheduled("event", noon());
    let first = world.db.run(&world.program(), &event).await;
    world.mail("iron-temple", 2, json!({})).await;
    let second = world.db.run(&world.program(), &event).await;
    assert!(second.duplicate && second.run_id == first.run_id);
    assert_eq!(world.statuses().await, ["1 sent", "2 pending"]);
}

#[tokio::test]
async fn without_time_for_an_attempt_nothing_is_begun() {
    let world = World::calm().await;
    world.mail("iron-temple", 1, json!({})).await;
    let soon = tokio::time::Instant::now() + std::time::Duration::from_secs(20);
    let answer = world
        .db
        .runner(1)
        .run(&world.program(), &invoked(noon()), Some(soon), &mut ())
        .await
        .unwrap();
    assert_eq!(ran(answer).status, Status::Incomplete);
    assert_eq!(world.statuses().await, ["1 pending"]);
}
