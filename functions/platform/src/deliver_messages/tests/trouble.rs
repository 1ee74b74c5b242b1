//! What goes wrong around the messages, and what it costs.

use shared::testing::ran;

use super::*;

/// Says no at the door.
fn busy(step: &str, _: usize) -> Act {
    match step {
        "connect" => Act::Reply("421 4.3.2 Down for maintenance"),
        _ => Act::Go,
    }
}

#[tokio::test]
async fn a_mail_server_that_is_down_costs_no_message_an_attempt() {
    let world = World::new(busy).await;
    let receiver = Receiver::always(Answer::Status("200 OK".into())).await;
    world.endpoint("iron-temple", 90, &receiver.url("/"), false).await;
    for n in 1..=30 {
        world.mail("iron-temple", n, json!({})).await;
    }
    world.hook("iron-temple", 31, 90, json!({})).await;
    let report = world.run().await;
    let closed = report.counters["closed"].as_u64().unwrap();
    assert!(
        (1..=8).contains(&closed),
        "{closed} of 30 found it closed; the others were not tried"
    );
    assert_eq!(
        (report.status, &report.counters["sent"]),
        (Status::Succeeded, &json!(1)),
        "webhooks go on"
    );
    let waiting = "select count(*) as n from platform.message
        where channel = 'email' and status = 'pending' and attempts = 0 and failed_at is null";
    assert_eq!(
        one(&mut world.db.connect().await, waiting).await,
        json!({"n": 30})
    );
}

#[tokio::test]
async fn a_server_that_takes_few_connections_gets_everything_through_those() {
    let world = World::new(|step, before| match (step, before) {
        ("connect", 2..) => Act::Reply("421 4.7.0 Too many connections"),
        _ => Act::Go,
    })
    .await;
    for n in 1..=40 {
        world.mail("iron-temple", n, json!({})).await;
    }
    let report = world.run().await;
    let (sent, closed) = (
        report.counters["sent"].as_u64().unwrap(),
        report.counters["closed"].as_u64().unwrap(),
    );
    assert_eq!(sent + closed, 40);
    assert!(closed <= 6, "{closed} came to a third connection");
    assert_eq!(
        world.run_at(instant("2026-11-22T12:02:00Z")).await.counters["failed"],
        0
    );
}

#[tokio::test]
async fn a_channel_that_cannot_be_set_up_is_named_and_costs_the_others_nothing() {
    let world = World::calm().await;
    let receiver = Receiver::always(Answer::Status("200 OK".into())).await;
    world.endpoint("iron-temple", 90, &receiver.url("/"), false).await;
    world.hook("iron-temple", 1, 90, json!({})).await;
    world.mail("iron-temple", 2, json!({})).await;
    let program = world.program_with(&[("SMTP_PORT", "smtp")]);
    let report = world.db.run(&program, &invoked(noon())).await;
    assert_eq!(
        (report.status, counted(&report)),
        (Status::Partial, json!({"sent": 1}))
    );
    assert_eq!((report.totals.total, report.totals.failed), (2, 1));
    let error = &report.errors[0];
    assert_eq!(
        (error.subject.as_str(), error.message.as_str()),
        (
            "channel:email",
            "SMTP_PORT must be a whole number from 1 to 65535"
        )
    );
    assert_eq!(
        world.is(2, "status, attempts").await,
        json!({"status": "pending", "attempts": 0})
    );
}

#[tokio::test]
async fn an_overtaken_run_writes_down_what_it_has_sent_and_claims_no_more() {
    let world = World::calm().await;
    let told = Arc::new(tokio::sync::Notify::new());
    let late = Receiver::always(Answer::Late(Arc::clone(&told))).await;
    world.endpoint("iron-temple", 90, &late.url("/"), false).await;
    world.hook("iron-temple", 1, 90, json!({})).await;
    world.hook("iron-temple", 2, 90, json!({})).await;
    let (program, request, runner) = (world.program(), invoked(noon()), world.db.runner(1));
    let mut nobody = ();
    let run = runner.run(&program, &request, None, &mut nobody);
    let overtake = async {
        late.silent().await;
        world
            .execute("update platform.job_lease set fence = fence + 1 where job = 'deliver-messages'")
            .await;
        told.notify_one();
    };
    let (answer, ()) = tokio::join!(run, overtake);
    let report = ran(answer.unwrap());
    assert_eq!(report.status, Status::Failed);
    assert!(report.error.unwrap().starts_with("superseded"));
    assert_eq!(world.statuses().await, ["1 sent", "2 pending"]);
}

#[tokio::test]
async fn a_database_that_is_lost_while_a_message_is_under_way_is_asked_again() {
    let world = World::calm().await;
    let told = Arc::new(tokio::sync::Notify::new());
    let late = Receiver::always(Answer::Late(Arc::clone(&told))).await;
    world.endpoint("iron-temple", 90, &late.url("/"), false).await;
    world.hook("iron-temple", 1, 90, json!({})).await;
    let (program, request, runner) = (world.program(), invoked(noon()), world.db.runner(1));
    let mut nobody = ();
    let run = runner.run(&program, &request, None, &mut nobody);
    let cut = async {
        late.silent().await;
        // All but the one that holds the lock.
        world
            .execute(
                "select pg_terminate_backend(a.pid) from pg_stat_activity a
                 where a.datname = current_database() and a.pid <> pg_backend_pid()
                 and not exists (select from pg_locks l where l.pid = a.pid and l.locktype = 'advisory')",
            )
            .await;
        told.notify_one();
    };
    let (answer, ()) = tokio::join!(run, cut);
    assert_eq!(counted(&ran(answer.unwrap())), json!({"sent": 1}));
    assert_eq!(world.statuses().await, ["1 sent"]);
}
