//! Lambda delivers at least once: the same event may come twice, hours apart or at the same time, and so may two
//! events for one job.

use demo::runtime_api::Invocation;
use serde_json::json;
use shared::testing::{subject_id, tenant_id};

use crate::log::{all_checked, checked, error, private};
use crate::stage::{Gate, Stage, rule, rule_with_id, skipped};

#[tokio::test]
async fn the_same_event_hours_later_is_answered_from_its_row() {
    let stage = Stage::new().await;
    let first = stage
        .invoke("commitment-scores", &rule("commitment-scores"))
        .await
        .answer()
        .unwrap()
        .clone();
    // What another run would find to do.
    stage.gym("gamma", 1).await;
    let state = stage.state().await;
    let mut again = stage
        .invoke("commitment-scores", &rule("commitment-scores"))
        .await
        .answer()
        .unwrap()
        .clone();
    assert_eq!(
        again.as_object_mut().unwrap().remove("duplicate"),
        Some(json!(true))
    );
    assert_eq!(again, first);
    assert_eq!(stage.state().await, state);
}

#[tokio::test]
async fn the_same_event_twice_at_once_is_one_run() {
    let stage = Stage::new().await;
    let gate = Gate::before(&stage, "commitment-scores", subject_id(tenant_id("beta"), 1)).await;
    let (function, event) = (stage.function("commitment-scores"), rule("commitment-scores"));
    let (first, second) = tokio::join!(function.invoke(&event), async {
        gate.reached(&stage).await;
        let second = function.invoke(&event).await;
        gate.open().await;
        second
    });
    assert_one_worked(&stage, &first.unwrap(), &second.unwrap()).await;
    let third = checked("commitment-scores", function.invoke(&event).await.unwrap());
    assert_eq!(third.answer().unwrap()["duplicate"], true);
}

#[tokio::test]
async fn of_two_runs_at_once_one_works_and_one_is_locked_out() {
    let stage = Stage::new().await;
    let gate = Gate::before(&stage, "commitment-scores", subject_id(tenant_id("beta"), 1)).await;
    let function = stage.function("commitment-scores");
    let (one, other) = (
        rule_with_id("commitment-scores", "one"),
        json!({"tenant": "alpha"}),
    );
    let (first, second) = tokio::join!(function.invoke(&one), async {
        gate.reached(&stage).await;
        // Alpha is done already; a run of everything excludes it all the same.
        let second = function.invoke(&other).await;
        gate.open().await;
        second
    });
    assert_one_worked(&stage, &first.unwrap(), &second.unwrap()).await;
}

async fn assert_one_worked(stage: &Stage, worked: &Invocation, locked_out: &Invocation) {
    assert_eq!(worked.answer().unwrap()["processed"], 10);
    assert_eq!(
        locked_out.answer().unwrap(),
        &skipped("commitment-scores", "locked")
    );
    let done =
        "select count(*) from platform.job_run where status = 'succeeded' and attempt = 1 and processed = 10";
    assert_eq!(stage.count(done).await, 1);
}

#[tokio::test]
async fn an_event_that_stays_broken_comes_three_times_and_goes_to_the_dead_letters() {
    let stage = Stage::empty().await;
    let nowhere = "postgres://nightshift:correct-horse@127.0.0.1:1/nightshift";
    let function = stage.function("coach-actions").env("DATABASE_URL", nowhere);
    let delivery = function.invoke_async(&rule("coach-actions")).await.unwrap();
    assert_eq!(delivery.dead_letter, Some(rule("coach-actions")));
    let attempts = all_checked("coach-actions", delivery);
    assert_eq!(attempts.len(), 3);
    for attempt in &attempts {
        assert!(
            error(attempt).1.starts_with("connect to the database"),
            "{attempt:?}"
        );
        private(error(attempt).1);
    }
}
