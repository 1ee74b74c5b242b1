//! What a page asks of the database: statements, counted on their way there.

use std::{ops::RangeInclusive, time::Duration};

use demo::wire::Wire;
use shared::testing::execute;
use sqlx::ConnectOptions;

use crate::{
    log::checked,
    shops::Kind,
    stage::{Stage, rule},
    training::tick,
};

/// `BEGIN`, the guard, the checkpoint and `COMMIT`, whatever the job.
const FRAME: u64 = 4;

/// A gym with so many members, of whom each third has left, as the jobs before this one leave it.
async fn gym(job: &str, members: u32) -> Stage {
    let stage = Stage::empty().await;
    stage.gym("alpha", members).await;
    let leave = "update coaching.member set status = 'cancelled'
        where id in (select id from (select id, row_number() over (order by id) as n from coaching.member) as m where n % 3 = 0)";
    execute(&mut stage.db.connect().await, leave).await;
    stage.until(job).await;
    stage
}

/// A shop with so many subjects of a kind, and twice as many customers unless they are the subjects.
async fn shop(kind: Kind, subjects: u32) -> Stage {
    let stage = Stage::empty().await;
    match kind {
        Kind::Customer => drop(stage.shop("alpha", subjects).await),
        _ => {
            let shop = stage.shop("alpha", 2 * subjects).await;
            stage.add(shop, kind, subjects).await;
        }
    }
    stage
}

/// The statements of one run in pages of so many subjects.
async fn statements(stage: Stage, job: &str, subjects: u64, batch_size: u64) -> u64 {
    let wire = Wire::to(&stage.db.options(), Duration::ZERO).unwrap();
    let function = stage
        .function(job)
        .env("DATABASE_URL", wire.options().to_url_lossy().as_str())
        .env("BATCH_SIZE", &batch_size.to_string());
    let invocation = checked(job, function.invoke(&rule(job)).await.unwrap());
    assert_eq!(invocation.answer().unwrap()["total"], subjects, "{invocation:?}");
    wire.statements()
}

/// Checks what a page of a job costs beside its frame. Two runs over the same differ by their pages alone, each of
/// which has something to write.
async fn assert_cost(job: &str, subjects: u64, stage: impl AsyncFn() -> Stage, of_page: RangeInclusive<u64>) {
    assert_cost_of_passes((1, 0), job, subjects, stage, of_page).await;
}

/// As [`assert_cost`], of a job that passes over so many subjects several times and has others beside them, whose pages
/// are the same whatever their size.
async fn assert_cost_of_passes(
    (passes, others): (u64, u64),
    job: &str,
    subjects: u64,
    stage: impl AsyncFn() -> Stage,
    of_page: RangeInclusive<u64>,
) {
    let (small, large) = (3, 8);
    for size in [small, large] {
        assert_ne!(subjects % size, 0, "a full last page is followed by an empty one");
    }
    let more_pages = passes * (subjects.div_ceil(small) - subjects.div_ceil(large));
    let total = passes * subjects + others;
    let asked = statements(stage().await, job, total, small).await
        - statements(stage().await, job, total, large).await;
    let least = (FRAME + of_page.start()) * more_pages;
    let most = (FRAME + of_page.end()) * more_pages;
    assert!(
        (least..=most).contains(&asked),
        "{job}: {asked} statements for {more_pages} more pages, and not {least} to {most}"
    );
}

#[tokio::test]
async fn a_gyms_page_costs_one_read_and_two_writes_at_most() {
    // Who has left still has a score of commitment.
    for (job, subjects) in [
        ("commitment-scores", 29),
        ("at-risk-detection", 20),
        ("coach-actions", 20),
    ] {
        assert_cost(job, subjects, async || gym(job, 29).await, 2..=3).await;
    }
}

#[tokio::test]
async fn a_shops_page_costs_one_read_and_one_write_and_of_scores_two() {
    for (job, kind, of_page) in [
        ("resolve-outcomes", Kind::Due, 1 + 1),
        ("expire-offers", Kind::Unpaid, 1 + 1),
        ("expire-offers", Kind::Opening, 1 + 1),
        ("recompute-scores", Kind::Customer, 1 + 2),
    ] {
        assert_cost(job, 20, async || shop(kind, 20).await, of_page..=of_page).await;
    }
}

#[tokio::test]
async fn a_distributors_page_costs_one_read_at_most_and_a_few_writes() {
    for (job, of_page) in [
        ("update-account-types", 1 + 1..=1 + 1),
        ("sample-metrics", 1 + 1..=1 + 1),
        // Its candidates are all found when it begins.
        ("process-triggers", 1..=2),
    ] {
        let stage = async || Stage::with_distributor(20).await;
        assert_cost(job, 20, stage, of_page).await;
    }
    // Products and then as many customers.
    let stage = async || Stage::with_distributor(20).await;
    assert_cost_of_passes((2, 0), "calculate-burn-rates", 20, stage, 1 + 1..=1 + 3).await;
}

#[tokio::test]
async fn an_apps_page_costs_a_read_of_users_and_one_or_two_of_their_training_and_one_write() {
    // The report also asks how good users were before.
    for (job, of_page) in [("behavior-metrics", 2 + 1), ("weekly-report", 3 + 1)] {
        let stage = async || Stage::with_app(20).await;
        assert_cost(job, 20, stage, of_page..=of_page).await;
    }
}

#[tokio::test]
async fn an_hour_in_which_no_report_is_due_costs_a_page_without_a_read() {
    let stage = Stage::with_app(20).await;
    let wire = Wire::to(&stage.db.options(), Duration::ZERO).unwrap();
    let function = stage
        .function("weekly-report")
        .env("DATABASE_URL", wire.options().to_url_lossy().as_str());
    let hour = function.invoke(&tick("2026-02-02T05:00:00Z")).await.unwrap();
    assert_eq!(checked("weekly-report", hour).answer().unwrap()["total"], 0);
    // The settings and the zones.
    assert_eq!((wire.pages(), wire.statements_of_pages()), (1, FRAME + 2));
}

#[tokio::test]
async fn a_reminders_page_costs_one_read_and_five_writes_at_most() {
    for job in [
        "goal-deadlines",
        "daily-check",
        "weekly-review",
        "inactive-users",
        "break-reminders",
        "monthly-report",
    ] {
        let stage = async || Stage::with_company(20).await;
        assert_cost(job, 20, stage, 1 + 1..=1 + 5).await;
    }
}

#[tokio::test]
async fn a_page_of_numbers_costs_a_read_and_one_write() {
    // Beside people, the window.
    for (job, others) in [("monthly-insights", 0), ("user-behavior", 1), ("data-cleanup", 0)] {
        let stage = async || Stage::with_company(20).await;
        assert_cost_of_passes((1, others), job, 20, stage, 1 + 1..=1 + 1).await;
    }
}

#[tokio::test]
async fn a_page_of_people_is_rolled_up_by_a_read_and_two_writes_and_eight_days_cost_six() {
    let stage = Stage::with_company(20).await;
    let wire = Wire::to(&stage.db.options(), Duration::ZERO).unwrap();
    let function = stage
        .function("daily-analytics")
        .env("DATABASE_URL", wire.options().to_url_lossy().as_str())
        .env("BATCH_SIZE", "8");
    let night = function.invoke(&rule("daily-analytics")).await.unwrap();
    assert_eq!(
        checked("daily-analytics", night).answer().unwrap()["total"],
        20 + 8
    );
    let of_pages = 3 * (FRAME + 1 + 2) + (FRAME + 6);
    assert_eq!((wire.pages(), wire.statements_of_pages()), (3 + 1, of_pages));
}
