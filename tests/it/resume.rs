//! A function that dies, is cut off or runs out of time: when its event comes again, the end is as if nothing
//! had happened.

use std::{os::unix::process::ExitStatusExt, time::Duration};

use demo::runtime_api::{Function, Invocation, Outcome};
use serde_json::{Value, json};
use shared::testing::{subject_id, tenant_id};
use uuid::Uuid;

use crate::log::{all_checked, checked, error};
use crate::stage::{AS_OF, Gate, JOBS, Stage, rule, rule_with_id};

/// What an undisturbed night up to this job leaves, and the job's report.
async fn undisturbed(job: &str) -> (Vec<String>, Value) {
    let stage = Stage::new().await;
    stage.until(job).await;
    let report = stage.invoke(job, &rule(job)).await.answer().unwrap().clone();
    (stage.state().await, report)
}

/// A resumed run reports the whole of it, whoever did which part.
pub fn assert_the_same_work(resumed: &Invocation, undisturbed: &Value, attempt: u64) {
    let report = resumed.answer().unwrap();
    assert_eq!(
        (&report["attempt"], &report["resumed"]),
        (&json!(attempt), &json!(true))
    );
    for field in [
        "job",
        "status",
        "asOf",
        "tenants",
        "total",
        "processed",
        "failed",
        "counters",
        "errors",
    ] {
        assert_eq!(report[field], undisturbed[field], "{field}");
    }
}

/// Invokes a function and kills it (SIGKILL) once something has come about.
pub async fn killed_when(job: &str, function: &Function, event: &Value, reached: impl Future<Output = ()>) {
    let (killed, ()) = tokio::join!(function.invoke(event), async {
        reached.await;
        function.kill();
    });
    let Outcome::Crashed(status) = checked(job, killed.unwrap()).outcome else {
        panic!("{job} was not killed")
    };
    assert_eq!(status.signal(), Some(9));
}

/// The third member of the first gym: in the second page of two.
fn member_of_the_second_page() -> Uuid {
    subject_id(tenant_id("alpha"), 3)
}

#[tokio::test]
async fn killed_inside_a_page_and_called_again_it_ends_as_if_undisturbed() {
    for (job, lock) in JOBS {
        let (state, report) = undisturbed(job).await;
        let stage = Stage::new().await;
        stage.until(job).await;
        let gate = Gate::before(&stage, job, member_of_the_second_page()).await;
        let function = stage.function(job);
        killed_when(job, &function, &rule(job), gate.reached(&stage)).await;
        gate.open().await;
        stage.wait_until_unlocked(lock).await;

        let resumed = checked(job, function.invoke(&rule(job)).await.unwrap());
        assert!(
            resumed.cold_start.is_some(),
            "a killed sandbox does not come back"
        );
        assert_the_same_work(&resumed, &report, 2);
        assert_eq!(stage.state().await, state, "{job}");
    }
}

#[tokio::test]
async fn killed_at_every_page_boundary_and_called_again_it_ends_as_if_undisturbed() {
    for (job, lock) in JOBS {
        let (state, report) = undisturbed(job).await;
        let stage = Stage::new().await;
        stage.until(job).await;
        // It rests between two pages for longer than this test lasts.
        let resting = stage.function(job).env("BATCH_DELAY_MS", "60000");
        let done = |members| {
            let checkpoints = format!(
                "select sum(c.total) from platform.job_checkpoint c
                 join platform.job_run r on r.id = c.run_id where r.job = '{job}'"
            );
            format!("({checkpoints}) = {members}")
        };
        // Two gyms of five in pages of two; after a gym's last page the next gym follows at once.
        for members in [2, 4, 7, 9] {
            killed_when(job, &resting, &rule(job), stage.wait_until(&done(members))).await;
            stage.wait_until_unlocked(lock).await;
        }
        let resumed = stage.invoke(job, &rule(job)).await;
        assert_the_same_work(&resumed, &report, 5);
        assert_eq!(stage.state().await, state, "{job}");
    }
}

#[tokio::test]
async fn out_of_time_it_is_incomplete_and_lambdas_retries_bring_it_to_the_end() {
    let whole = Stage::empty().await;
    whole.gym("alpha", 5).await;
    let event = json!({"asOf": AS_OF});
    let undisturbed = whole
        .invoke("commitment-scores", &event)
        .await
        .answer()
        .unwrap()
        .clone();

    let stage = Stage::empty().await;
    stage.gym("alpha", 5).await;
    // Five of the seven seconds are kept for answering, and the rest between two pages takes the other two: one
    // page an attempt, three pages in all.
    let short = stage
        .function("commitment-scores")
        .timeout(Duration::from_secs(7))
        .env("BATCH_DELAY_MS", "2000");
    let attempts = all_checked("commitment-scores", short.invoke_async(&event).await.unwrap());
    let [first, second, third] = attempts.as_slice() else {
        panic!("{attempts:?}")
    };
    for incomplete in [first, second] {
        let (error_type, message) = error(incomplete);
        assert_eq!(error_type, "Incomplete");
        assert!(
            message.starts_with("commitment-scores incomplete: the deadline came before the end"),
            "{message}"
        );
    }
    assert_the_same_work(third, &undisturbed, 3);
    assert_eq!(stage.state().await, whole.state().await);
    assert_eq!(stage.count("select count(*) from platform.job_run").await, 1);
}

#[tokio::test]
async fn a_connection_lost_inside_a_page_is_tried_once_more() {
    let (job, _) = JOBS[0];
    let (state, report) = undisturbed(job).await;
    let stage = Stage::new().await;
    let gate = Gate::before(&stage, job, member_of_the_second_page()).await;
    let function = stage.function(job);
    let event = rule(job);
    let (invocation, ()) = tokio::join!(function.invoke(&event), async {
        gate.cut(&stage).await;
        gate.reached(&stage).await;
        gate.open().await;
    });
    let invocation = checked(job, invocation.unwrap());
    let retried = invocation.answer().unwrap();
    for field in ["status", "attempt", "total", "processed", "counters"] {
        assert_eq!(retried[field], report[field], "{field}");
    }
    assert_eq!(stage.state().await, state);
}

#[tokio::test]
async fn a_run_whose_lock_was_cut_and_taken_by_another_writes_nothing_more() {
    let (job, lock) = JOBS[0];
    let stage = Stage::new().await;
    // Long enough for a whole other run.
    let resting = stage.function(job).env("BATCH_DELAY_MS", "5000");
    let event = rule_with_id(job, "overtaken");
    let (overtaken, other) = tokio::join!(resting.invoke(&event), async {
        stage
            .wait_until("(select sum(total) from platform.job_checkpoint) = 2")
            .await;
        let cut = format!(
            "select pg_terminate_backend(pid, 10000) from pg_locks
             join pg_database on pg_database.oid = pg_locks.database
             where datname = current_database() and locktype = 'advisory' and objid = {lock} and granted"
        );
        shared::testing::execute(&mut stage.db.connect().await, &cut).await;
        let other = stage.invoke(job, &rule_with_id(job, "other")).await;
        (other, stage.state().await)
    });
    let (other, state) = other;
    assert_eq!(other.answer().unwrap()["processed"], 10);
    let overtaken = checked(job, overtaken.unwrap());
    assert!(error(&overtaken).1.contains("superseded"), "{overtaken:?}");
    assert_eq!(stage.state().await, state);
}
