//! Runs without a sign of life.

use serde_json::{Value, json};

use super::*;

/// Makes a run that begins with its lease and has been silent for so many minutes at the first look.
async fn running(world: &mut World, silent: i64, other: Value) -> uuid::Uuid {
    let mut run = json!({
        "status": "running", "heartbeat_at": minutes(-silent), "finished_at": null, "duration_ms": null, "fence": 7,
    });
    run.as_object_mut()
        .unwrap()
        .extend(other.as_object().unwrap().clone());
    let scope = run.get("scope").and_then(Value::as_str).unwrap_or("").to_owned();
    let id = world.run(-silent - 1, run).await;
    let lease = json!({
        "id": uuid::Uuid::now_v7(), "job": "commitment-scores", "scope": scope, "fence": 7, "run_id": id,
        "taken_at": minutes(-silent - 1), "created_at": minutes(-silent - 1),
    });
    insert(&mut world.admin, "platform.job_lease", &lease).await;
    id
}

async fn state(world: &mut World, id: uuid::Uuid) -> Value {
    let run = format!(
        "select r.status, r.error, r.finished_at, (select fence from platform.job_lease l where l.job = r.job and l.scope = r.scope) as lease
         from platform.job_run r where id = '{id}'"
    );
    one(&mut world.admin, &run).await
}

#[tokio::test]
async fn a_silent_run_is_told_of_and_failed_and_overtaken_until_it_or_another_ends_well() {
    let mut world = World::new().await;
    let id = running(&mut world, 16, json!({})).await;
    world
        .comes_and_goes(
            "commitment-scores",
            Rule::Stuck,
            "1 run gave no sign of life for 15 minutes and was marked failed",
            async |world| {
                let resumed = format!(
                    "update platform.job_run set status = 'succeeded', attempt = 2, error = null, finished_at = '{}' where id = '{id}'",
                    minutes(6)
                );
                execute(&mut world.admin, &resumed).await;
            },
        )
        .await;
}

#[tokio::test]
async fn a_silent_run_is_marked_failed_and_its_fence_is_raised() {
    let mut world = World::new().await;
    let id = running(&mut world, 16, json!({})).await;
    let looked = world.look(0).await;
    assert_eq!(looked.counters.runs_failed, 1);
    assert_eq!(
        state(&mut world, id).await,
        json!({
            "status": "failed", "error": "no sign of life for 15 minutes: the watchdog marked it failed",
            "finished_at": "2026-02-03T10:00:00+00:00", "lease": 8,
        })
    );
    assert_eq!(
        looked.starts,
        [Start {
            job: "commitment-scores".into(),
            key: "event-1".into(),
            as_of: minutes(-17),
            tenant: None,
            reason: format!("started by watchdog: run {id} gave no sign of life"),
        }]
    );
}

#[tokio::test]
async fn a_run_that_gave_a_sign_is_left_alone() {
    let mut world = World::new().await;
    let id = running(&mut world, 15, json!({})).await;
    let before = state(&mut world, id).await;
    assert_eq!(world.look(0).await.counters.runs_failed, 0);
    assert_eq!(state(&mut world, id).await, before);
}

#[tokio::test]
async fn a_run_whose_row_or_lease_is_being_written_to_lives() {
    for held in ["platform.job_lease where run_id", "platform.job_run where id"] {
        let mut world = World::new().await;
        let id = running(&mut world, 16, json!({})).await;
        let mut page = world.connect().await;
        let mut tx = page.begin().await.unwrap();
        execute(&mut tx, &format!("select from {held} = '{id}' for share")).await;
        assert_eq!(world.look(0).await.counters.runs_failed, 0, "{held}");
        assert_eq!(state(&mut world, id).await["status"], "running");
        tx.rollback().await.unwrap();
        assert_eq!(world.look(5).await.counters.runs_failed, 1, "{held}");
    }
}

#[tokio::test]
async fn what_a_dead_look_did_not_start_the_next_one_starts_until_it_runs() {
    let mut world = World::new().await;
    let id = running(&mut world, 16, json!({"event_key": null, "scope": "alpha"})).await;
    let started = world.look(0).await.starts;
    assert_eq!(
        (started[0].key.as_str(), started[0].tenant.as_deref()),
        (format!("again:{id}").as_str(), Some("alpha"))
    );
    assert_eq!(world.look(5).await.starts, started);
    assert_eq!(world.look(60).await.starts, started);
    assert_eq!(world.look(65).await.starts, [], "only an operator can help");

    // It runs.
    world
        .run(
            6,
            json!({"scope": "alpha", "status": "running", "finished_at": null, "heartbeat_at": minutes(9)}),
        )
        .await;
    assert_eq!(world.look(10).await.starts, []);
}

#[tokio::test]
async fn a_run_is_not_started_again_that_was_followed_or_tried_or_dry_or_is_paused() {
    for (stuck, later, expected) in [
        (json!({}), None, 1),
        (json!({"attempt": 2}), None, 1),
        (json!({"attempt": 3}), None, 0),
        (json!({"dry_run": true}), None, 0),
        (json!({}), Some(json!({})), 0),
        (json!({"scope": "alpha"}), Some(json!({})), 0),
        (
            json!({"scope": "alpha"}),
            Some(json!({"scope": "alpha", "status": "failed"})),
            0,
        ),
        (json!({"scope": "alpha"}), Some(json!({"scope": "beta"})), 1),
        (json!({}), Some(json!({"scope": "alpha"})), 1),
        (json!({}), Some(json!({"status": "skipped"})), 1),
        (json!({}), Some(json!({"dry_run": true})), 1),
        (json!({}), Some(json!({"job": "expire-offers"})), 1),
    ] {
        let mut world = World::new().await;
        running(&mut world, 16, stuck.clone()).await;
        if let Some(later) = &later {
            world.run(-10, later.clone()).await;
        }
        let looked = world.look(0).await;
        assert_eq!(
            (looked.counters.runs_failed, looked.starts.len()),
            (1, expected),
            "{stuck} {later:?}"
        );
    }
    let mut world = World::new().await;
    running(&mut world, 16, json!({})).await;
    let setting =
        json!({"id": uuid::Uuid::now_v7(), "job": "commitment-scores", "enabled": false, "created_at": NOW});
    insert(&mut world.admin, "platform.job_setting", &setting).await;
    let looked = world.look(0).await;
    assert_eq!(
        (
            looked.counters.runs_failed,
            looked.starts.len(),
            looked.counters.alerts_opened
        ),
        (1, 0, 0)
    );
}

#[tokio::test]
async fn the_alert_ends_after_a_day_when_nothing_else_is_heard() {
    let mut world = World::new().await;
    running(&mut world, 16, json!({})).await;
    world.look(0).await;
    assert_eq!(world.look(24 * 60 - 5).await.counters.alerts_still_open, 1);
    assert_eq!(world.look(24 * 60).await.counters.alerts_resolved, 1);
}

#[tokio::test]
async fn a_run_without_a_lease_is_failed_too() {
    let mut world = World::new().await;
    let id = running(&mut world, 16, json!({})).await;
    execute(&mut world.admin, "delete from platform.job_lease").await;
    assert_eq!(world.look(0).await.counters.runs_failed, 1);
    assert_eq!(state(&mut world, id).await["status"], "failed");
}
