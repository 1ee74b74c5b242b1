//! The rules about finished runs, and what alerts and mails come of any rule.

use serde_json::{Value, json};

use super::*;

#[tokio::test]
async fn two_failed_runs_are_told_of_until_one_does_not_fail() {
    let mut world = World::new().await;
    world.run(-300, json!({})).await;
    world.run(-200, json!({"status": "failed"})).await;
    assert_eq!(world.look(-150).await.counters.alerts_opened, 0, "one is none");
    world.run(-100, json!({"status": "failed"})).await;
    world
        .comes_and_goes(
            "commitment-scores",
            Rule::Failing,
            "the last 2 runs failed",
            async |world| {
                world.run(6, json!({"status": "partial", "failed": 1})).await;
            },
        )
        .await;
}

#[tokio::test]
async fn a_slow_run_is_told_of_until_one_is_quick() {
    let mut world = World::new().await;
    for n in 1..=20 {
        world.run(-1000 - n, json!({})).await;
    }
    world.run(-100, json!({"duration_ms": 12_345})).await;
    let message =
        "the last run took 12.3 s, more than 3 times the median of 4.0 s of the 20 successes before it";
    world
        .comes_and_goes("commitment-scores", Rule::Slow, message, async |world| {
            world.run(6, json!({})).await;
        })
        .await;
}

#[tokio::test]
async fn failed_subjects_are_told_of_until_fewer_fail() {
    let mut world = World::new().await;
    world
        .run(-100, json!({"status": "partial", "processed": 89, "failed": 11}))
        .await;
    let message = "11 of 100 subjects failed in the last run, more than 10 %";
    world
        .comes_and_goes(
            "commitment-scores",
            Rule::FailedSubjects,
            message,
            async |world| {
                world
                    .run(6, json!({"status": "partial", "processed": 90, "failed": 10}))
                    .await;
            },
        )
        .await;
}

#[tokio::test]
async fn no_subjects_are_told_of_until_there_are_some() {
    let mut world = World::new().await;
    for n in 1..=7 {
        world.run(-1000 - n, json!({})).await;
    }
    world.run(-100, json!({"total": 0, "processed": 0})).await;
    let message = "the last run had no subjects; the median of the 7 runs before it is 100";
    world
        .comes_and_goes("commitment-scores", Rule::NoSubjects, message, async |world| {
            world.run(6, json!({"total": 1, "processed": 1})).await;
        })
        .await;
}

#[tokio::test]
async fn what_is_no_finished_run_of_all_tenants_up_to_now_is_not_judged() {
    let mut world = World::new().await;
    world.run(-100, json!({})).await;
    for other in [
        json!({"status": "failed", "dry_run": true}),
        json!({"status": "failed", "scope": "alpha"}),
        json!({"status": "skipped"}),
        json!({"status": "running", "finished_at": null, "heartbeat_at": minutes(-1)}),
        json!({"status": "failed", "job": "somebody-elses"}),
    ] {
        for n in 1..=2 {
            world.run(-50 + n, other.clone()).await;
        }
    }
    for n in 1..=2 {
        world.run(n, json!({"status": "failed"})).await;
    }
    world.look(0).await;
    assert_eq!(world.alerts().await, [Value::Null; 0]);
    world.look(5).await;
    assert_eq!(world.alerts().await.len(), 1, "then the later ones are over");
}

#[tokio::test]
async fn an_alert_that_comes_again_is_another_one_with_mails_of_its_own() {
    let mut world = World::new().await;
    for start in [-300, -200] {
        world.run(start, json!({"status": "failed"})).await;
    }
    world.look(0).await;
    world.run(1, json!({})).await;
    world.look(5).await;
    for start in [6, 7] {
        world.run(start, json!({"status": "failed"})).await;
    }
    world.look(10).await;
    assert_eq!((world.alerts().await.len(), world.subjects().await.len()), (2, 3));
}

#[tokio::test]
async fn an_open_alert_says_what_was_seen_last() {
    let mut world = World::new().await;
    for start in [-300, -200] {
        world.run(start, json!({"status": "failed"})).await;
    }
    world.look(0).await;
    world.run(1, json!({"status": "failed"})).await;
    world.look(5).await;
    let alert = &world.alerts().await[0];
    assert_eq!(
        (
            &alert["message"],
            alert["opened_at"].as_str().map(at),
            alert["last_seen_at"].as_str().map(at)
        ),
        (
            &json!("the last 3 runs failed"),
            Some(minutes(0)),
            Some(minutes(5))
        )
    );
}

#[tokio::test]
async fn a_look_of_an_earlier_time_undoes_nothing() {
    let mut world = World::new().await;
    for start in [-300, -200] {
        world.run(start, json!({"status": "failed"})).await;
    }
    world.run(1, json!({"status": "failed"})).await;
    world.look(5).await;
    let alerts = world.alerts().await;
    // It sees none of them, and later only the first two.
    world.look(-400).await;
    world.look(0).await;
    assert_eq!(world.alerts().await, alerts);
    world.run(6, json!({})).await;
    world.look(10).await;
    let resolved = world.alerts().await;
    world.look(5).await;
    assert_eq!(world.alerts().await, resolved, "it is not opened again");
    assert_eq!(world.subjects().await.len(), 2);
}

#[tokio::test]
async fn alerts_of_others_are_told_of_and_left_alone() {
    let mut world = World::new().await;
    for (rule, opened, resolved) in [
        ("http-p95:acme", -60, None),
        ("http-mean:acme", -120, Some(-60)),
        ("http-error-rate:acme", -3000, Some(-60)),
        // Older than a day: history.
        ("mail-oldest:acme", -1441, None),
        ("db-connections:system", -3000, Some(-1441)),
    ] {
        let alert = json!({
            "id": uuid::Uuid::now_v7(), "job": "performance-metrics", "rule": rule, "severity": "warning", "message": "95 of 100 requests took up to 900 ms",
            "opened_at": minutes(opened), "last_seen_at": minutes(opened), "resolved_at": resolved.map(minutes), "created_at": minutes(opened),
        });
        insert(&mut world.admin, "platform.alert", &alert).await;
    }
    world
        .jobs
        .push(watched("performance-metrics", "cron(0 * * * ? *)"));
    let alerts = world.alerts().await;
    let counters = world.look(0).await.counters;
    assert_eq!((counters.mails, counters.alerts_still_open), (4, 0));
    world.look(5).await;
    assert_eq!(world.alerts().await, alerts);
    let mut subjects = world.subjects().await;
    subjects.sort_unstable();
    assert_eq!(
        subjects,
        [
            "[Nightshift] resolved: performance-metrics http-error-rate:acme",
            "[Nightshift] resolved: performance-metrics http-mean:acme",
            "[Nightshift] warning: performance-metrics http-mean:acme",
            "[Nightshift] warning: performance-metrics http-p95:acme",
        ]
    );
}

#[tokio::test]
async fn a_paused_job_keeps_its_alerts_as_they_are() {
    let mut world = World::new().await;
    for start in [-300, -200] {
        world.run(start, json!({"status": "failed"})).await;
    }
    world.look(0).await;
    insert(
        &mut world.admin,
        "platform.job_setting",
        &json!({"id": uuid::Uuid::now_v7(), "job": "commitment-scores", "enabled": false, "created_at": NOW}),
    )
    .await;
    world.run(1, json!({})).await;
    let alerts = world.alerts().await;
    assert_eq!(world.look(5).await.counters.alerts_still_open, 1);
    assert_eq!(world.alerts().await, alerts);
}

#[tokio::test]
async fn nobody_is_told_where_nobody_is_named_and_later_of_a_day_at_most() {
    let mut world = World::new().await;
    for start in [-300, -200] {
        world.run(start, json!({"status": "failed"})).await;
    }
    let mut connection = world.connect().await;
    let mut tx = connection.begin().await.unwrap();
    let looked = look(&mut tx, &world.jobs, minutes(0), None).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(
        (looked.counters.mails, looked.counters.mails_without_reader),
        (0, 1)
    );
    let late = world.look(24 * 60).await.counters;
    assert_eq!((late.mails, late.mails_without_reader), (0, 0), "a day is over");
    assert_eq!(world.subjects().await, [""; 0]);
}
