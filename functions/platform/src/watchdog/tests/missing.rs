//! Runs that did not come.

use serde_json::json;

use super::*;

/// A world whose watchdog has looked since yesterday.
async fn watching() -> World {
    let mut world = World::new().await;
    for (start, id) in [
        (-1500, "watchdog"),
        (-1500, "expire-offers"),
        (-1500, "deliver-messages"),
        (-1500, "commitment-scores"),
    ] {
        world.run(start, json!({"job": id})).await;
    }
    world.jobs.retain(|job| job.name == "commitment-scores");
    world
}

fn starts(looked: &Look) -> Vec<(&str, &str, String)> {
    let of = |start: &'_ Start| rule::instant(start.as_of);
    looked
        .starts
        .iter()
        .map(|start| (start.job.as_str(), start.key.as_str(), of(start)))
        .collect()
}

#[tokio::test]
async fn a_run_that_did_not_come_is_told_of_and_started_until_it_comes() {
    let mut world = watching().await;
    let message = "the run of 2026-02-03T02:00:00Z did not come within 15 minutes";
    world
        .comes_and_goes("commitment-scores", Rule::Missing, message, async |world| {
            world
                .run(6, json!({"as_of": "2026-02-03T02:00:00Z", "event_key": "missed:commitment-scores:2026-02-03T02:00:00Z"}))
                .await;
        })
        .await;
}

#[tokio::test]
async fn a_missing_run_is_started_by_a_key_of_its_occurrence_and_no_more_after_an_hour() {
    let world = watching().await;
    let looked = world.look(0).await;
    let expected = [(
        "commitment-scores",
        "missed:commitment-scores:2026-02-03T02:00:00Z",
        "2026-02-03T02:00:00Z".to_owned(),
    )];
    assert_eq!(starts(&looked), expected);
    assert_eq!(
        (
            looked.starts[0].tenant.as_deref(),
            looked.starts[0].reason.as_str()
        ),
        (
            None,
            "started by watchdog: the run of 2026-02-03T02:00:00Z did not come"
        )
    );
    // The look that found it died before it started anything: the next one does.
    assert_eq!(starts(&world.look(55).await), expected);
    assert_eq!(starts(&world.look(60).await), [], "only an operator can help");
    let next = world.look(16 * 60 + 15).await;
    assert_eq!(
        next.starts[0].key,
        "missed:commitment-scores:2026-02-04T02:00:00Z"
    );
}

#[tokio::test]
async fn however_many_ticks_were_missed_one_run_a_job_is_started() {
    let mut world = watching().await;
    world.jobs = vec![
        watched("commitment-scores", "cron(0 2 * * ? *)"),
        watched("expire-offers", "cron(0/5 * * * ? *)"),
        watched("deliver-messages", "cron(* * * * ? *)"),
        watched("break-reminders", "cron(0/25 9-17 ? * MON-FRI *)"),
        watched("monthly-report", "cron(0 9 1 * ? *)"),
    ];
    // Two days after the last run of anything.
    let looked = world.look(2 * 24 * 60).await;
    assert_eq!(
        starts(&looked),
        [
            (
                "commitment-scores",
                "missed:commitment-scores:2026-02-05T02:00:00Z",
                "2026-02-05T02:00:00Z".to_owned()
            ),
            (
                "expire-offers",
                "missed:expire-offers:2026-02-05T09:45:00Z",
                "2026-02-05T09:45:00Z".to_owned()
            ),
            (
                "deliver-messages",
                "missed:deliver-messages:2026-02-05T09:45:00Z",
                "2026-02-05T09:45:00Z".to_owned()
            ),
            (
                "break-reminders",
                "missed:break-reminders:2026-02-05T09:25:00Z",
                "2026-02-05T09:25:00Z".to_owned()
            ),
        ],
        "the first of the month was before the first look"
    );
    assert_eq!(looked.counters.alerts_opened, 4);
}

#[tokio::test]
async fn a_run_has_come_whatever_became_of_it_and_whoever_started_it() {
    for (start, run) in [
        (-480, json!({"status": "skipped"})),
        (-480, json!({"status": "failed"})),
        (
            -480,
            json!({"status": "running", "finished_at": null, "heartbeat_at": minutes(-1)}),
        ),
        (-240, json!({"trigger": "cli", "as_of": "2026-01-01T00:00:00Z"})),
        // The database's clock is a second behind.
        (-481, json!({"as_of": "2026-02-03T02:00:00Z"})),
    ] {
        let mut world = watching().await;
        world.run(start, run.clone()).await;
        world.look(0).await;
        assert_eq!(world.alerts().await.len(), 0, "{run}");
    }
    for (start, run) in [
        (-481, json!({})),
        (-470, json!({"dry_run": true})),
        (-470, json!({"scope": "alpha"})),
        (-470, json!({"job": "expire-offers"})),
        (1, json!({})),
    ] {
        let mut world = watching().await;
        world.run(start, run.clone()).await;
        world.look(0).await;
        assert_eq!(world.alerts().await.len(), 1, "{start} {run}");
    }
}

#[tokio::test]
async fn a_run_is_missing_from_the_end_of_its_grace_on() {
    let mut world = watching().await;
    world.look(-8 * 60 + 14).await;
    assert_eq!(world.alerts().await.len(), 0);
    world.look(-8 * 60 + 15).await;
    assert_eq!(world.alerts().await.len(), 1);
}

#[tokio::test]
async fn a_fresh_deployment_owes_nothing() {
    let mut world = World::new().await;
    assert_eq!(world.look(0).await.starts, [], "nobody has ever looked");
    world.run(-479, json!({"job": "watchdog"})).await;
    world.jobs.truncate(1);
    assert_eq!(world.look(0).await.starts, [], "the first look was a minute late");
    world.run(-480, json!({"job": "watchdog"})).await;
    assert_eq!(world.look(5).await.starts.len(), 1);
}

#[tokio::test]
async fn a_paused_job_is_neither_missed_nor_started() {
    let mut world = watching().await;
    world.look(0).await;
    let setting =
        json!({"id": uuid::Uuid::now_v7(), "job": "commitment-scores", "enabled": false, "created_at": NOW});
    insert(&mut world.admin, "platform.job_setting", &setting).await;
    let looked = world.look(5).await;
    assert_eq!((looked.starts.len(), looked.counters.alerts_resolved), (0, 1));
}

#[tokio::test]
async fn the_watchdog_does_not_miss_itself() {
    let mut world = watching().await;
    world.jobs = vec![watched("watchdog", "cron(0/5 * * * ? *)")];
    let looked = world.look(0).await;
    assert_eq!((looked.counters.alerts_opened, looked.starts.len()), (0, 0));
}
