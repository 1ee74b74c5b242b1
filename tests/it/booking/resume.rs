//! The shop's jobs, killed inside a page: when the event comes again, the end is as if nothing had happened.

use demo::runtime_api::Function;
use serde_json::Value;
use shared::testing::tenant_id;

use crate::{
    log::checked,
    resume::{assert_the_same_work, killed_when},
    shops::{Kind, SHOP_JOBS, SHOPS, SUBJECTS},
    stage::{Gate, Stage, rule, written},
};

/// What an undisturbed run leaves, and its report.
async fn undisturbed(job: &str, deploy: impl Fn(&Stage) -> Function) -> (Vec<String>, Value) {
    let stage = Stage::shops().await;
    let invocation = checked(job, deploy(&stage).invoke(&rule(job)).await.unwrap());
    (stage.shops_state().await, invocation.answer().unwrap().clone())
}

/// Kills a job that is about to write the third row of a kind, which is in the second page of two, and calls it again.
async fn killed_and_called_again(
    (job, lock): (&str, i64),
    table: (&str, &str),
    kind: Kind,
    deploy: impl Fn(&Stage) -> Function,
) -> Stage {
    let (state, report) = undisturbed(job, &deploy).await;
    let stage = Stage::shops().await;
    let gate = Gate::on(&stage, table, kind.id(tenant_id(SHOPS[0]), 3)).await;
    let function = deploy(&stage);
    let event = rule(job);
    killed_when(job, &function, &event, gate.reached(&stage)).await;
    gate.open().await;
    stage.wait_until_unlocked(lock).await;
    let done = match kind {
        // All bookings come before the first opening.
        Kind::Opening => i64::from(SUBJECTS) + 2,
        _ => 2,
    };
    let kept = "select sum(total)::bigint from platform.job_checkpoint";
    assert_eq!(stage.count(kept).await, done, "{job}");

    let resumed = checked(job, function.invoke(&event).await.unwrap());
    assert_the_same_work(&resumed, &report, 2);
    assert_eq!(stage.shops_state().await, state, "{job}");
    stage
}

#[tokio::test]
async fn outcomes_are_resolved_once_and_refunds_told_once() {
    let (job, _) = SHOP_JOBS[0];
    // The limit is of each shop's run, whoever did which part of it.
    for (limit, resolved, told) in [("200", 10, 4), ("3", 6, 2)] {
        let deploy = |stage: &Stage| stage.function(job).env("RESOLVE_OUTCOMES_LIMIT", limit);
        let stage = killed_and_called_again(SHOP_JOBS[0], written(job), Kind::Due, deploy).await;
        let events = "select count(*) from booking.appointment_event where type = 'outcome_resolved'";
        assert_eq!(stage.count(events).await, resolved);
        assert_eq!(stage.count("select count(*) from platform.message").await, told);
    }
}

#[tokio::test]
async fn no_opening_has_two_live_offers_and_no_customer_two_mails_wherever_it_is_killed() {
    let (job, _) = SHOP_JOBS[1];
    for (table, kind) in [
        (("booking.appointment", "id"), Kind::Unpaid),
        (written(job), Kind::Opening),
    ] {
        let stage = killed_and_called_again(SHOP_JOBS[1], table, kind, |stage| stage.function(job)).await;
        for (query, count) in [
            (
                "select count(*) from booking.slot_offer where status = 'sent'",
                10,
            ),
            (
                "select count(distinct slot_opening_id) from booking.slot_offer where status = 'sent'",
                10,
            ),
            ("select count(*) from platform.message", 10),
            (
                "select count(distinct (tenant_id, target)) from platform.message",
                10,
            ),
            (
                "select count(*) from platform.message m
                 join booking.slot_offer f on f.status = 'sent' and m.dedupe_key = 'offer:' || f.id",
                10,
            ),
            (
                "select count(*) from booking.appointment_event where type = 'cancelled'",
                10,
            ),
        ] {
            assert_eq!(stage.count(query).await, count, "{query}, killed at {kind:?}");
        }
    }
}

#[tokio::test]
async fn scores_are_those_of_one_run() {
    let (job, _) = SHOP_JOBS[2];
    let deploy = |stage: &Stage| stage.function(job);
    let stage = killed_and_called_again(SHOP_JOBS[2], written(job), Kind::Customer, deploy).await;
    for table in ["customer_score", "no_show_stat"] {
        let rows = format!("select count(*) from booking.{table}");
        assert_eq!(stage.count(&rows).await, 20);
    }
}
