//! The productivity dashboard's jobs as deployed.

mod stage;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    command::{Ended, command},
    deployed::{Product, state},
    log::checked,
    stage::{FRONTEND_URL, Stage, as_of, rule_with_id},
};
use stage::USERS;

/// The jobs that go over people in pages, and a company's in which they have something to do.
pub struct Companies;

impl Product for Companies {
    const NAME: &'static str = "productivity";
    const JOBS: &'static [(&'static str, i64)] = &[
        ("goal-deadlines", 482_231),
        ("daily-check", 482_232),
        ("weekly-review", 482_233),
        ("inactive-users", 482_234),
        ("break-reminders", 482_235),
        ("monthly-report", 482_236),
        ("daily-analytics", 482_237),
        ("monthly-insights", 482_239),
        ("user-behavior", 482_240),
        ("data-cleanup", 482_242),
    ];

    async fn stage() -> Stage {
        Stage::companies().await
    }

    fn expected(job: &str) -> (u64, Value) {
        match job {
            "goal-deadlines" => (
                10,
                told(&json!({
                    "queuedEmail": 10, "queuedInApp": 10, "goals": 10, "bucketWeek": 0, "bucketTomorrow": 10, "bucketToday": 0,
                    "bucketOverdue": 0,
                })),
            ),
            // On a Sunday there is no e-mail.
            "daily-check" => (
                10,
                told(&json!({"queuedPush": 10, "queuedInApp": 10, "nudged": 10, "hadActivity": 0})),
            ),
            "weekly-review" => (
                10,
                told(&json!({"queuedEmail": 10, "queuedInApp": 10, "reviews": 10, "withComparison": 10})),
            ),
            "inactive-users" => (
                10,
                told(&json!({
                    "queuedEmail": 10, "step3": 10, "step7": 0, "step14": 0, "step30": 0, "closed": 0, "reactivated": 0,
                })),
            ),
            "break-reminders" => (
                10,
                told(&json!({
                    "queuedPush": 10, "queuedInApp": 10, "reminded": 10, "longBreak": 0, "forgotten": 0, "skippedHours": 0,
                })),
            ),
            "monthly-report" => (10, told(&json!({"queuedEmail": 10, "reportsBuilt": 10}))),
            // Eight days of each company are subjects, too.
            "daily-analytics" => (
                26,
                json!({
                    "usersRolledUp": 10, "daysComputed": 16, "daysFinal": 0, "rowsWritten": 26, "rowsUnchanged": 0, "trends": 0,
                    "anomalies": 0, "timezoneFallbacks": 0,
                }),
            ),
            "monthly-insights" => (
                10,
                json!({
                    "users": 10, "segNeverActivated": 0, "segNew": 10, "segChurned": 0, "segAtRisk": 0, "segPower": 0,
                    "segActive": 0, "features": 12, "rowsWritten": 24, "rowsUnchanged": 0, "stale": false,
                }),
            ),
            // And so is the window.
            "user-behavior" => (
                12,
                json!({
                    "sessions": 10, "usersProfiled": 10, "anomalies": 0, "rowsWritten": 12, "rowsUnchanged": 0,
                    "timezoneFallbacks": 0,
                }),
            ),
            _ => (
                10,
                json!({
                    "expiredTimers": 0, "archivedSessions": 10, "blocked": 0, "archivedGoals": 0, "deletedMetrics": 0,
                    "deletedNotifications": 0, "deletedMails": 0, "scrubbedMails": 0, "deletedOperational": 0,
                    "erasedUsers": 0, "batches": 6, "guarded": 0, "remaining": 0,
                }),
            ),
        }
    }

    fn subject(_job: &str, company: Uuid, n: u32) -> Uuid {
        Stage::person(company, n)
    }
}

/// What a reminder counts where everybody is told.
fn told(counted: &Value) -> Value {
    let mut counters = json!({
        "candidates": 10, "eligible": 10, "queuedEmail": 0, "queuedPush": 0, "queuedInApp": 0, "skippedPref": 0,
        "skippedSuppressed": 0, "skippedCap": 0, "skippedQuiet": 0, "deferredQuiet": 0, "skippedDuplicate": 0,
        "skippedNoContent": 0, "timezoneFallbacks": 0,
    });
    let counted = counted.as_object().unwrap().clone();
    counters.as_object_mut().unwrap().extend(counted);
    counters
}

/// The jobs that are about a company as a whole: there is no page of several.
pub struct Whole;

impl Product for Whole {
    const NAME: &'static str = "productivity";
    const JOBS: &'static [(&'static str, i64)] =
        &[("weekly-aggregation", 482_238), ("performance-metrics", 482_241)];

    async fn stage() -> Stage {
        Stage::companies().await
    }

    fn expected(job: &str) -> (u64, Value) {
        match job {
            // The week, and a cohort a person.
            "weekly-aggregation" => (
                12,
                json!({
                    "cohorts": 10, "cells": 30, "users": 10, "heatmapCells": 2, "rowsWritten": 34, "rowsUnchanged": 0,
                    "timezoneFallbacks": 0,
                }),
            ),
            // Requests of all routes, of one, and mail; the jobs and the database. An hour before there was mail, and
            // there were jobs.
            _ => (
                2,
                json!({
                    "scopes": 2 * 3 + 2, "rowsWritten": 2 * 4 + 3, "rowsUnchanged": 0, "alertsOpened": 2, "alertsClosed": 0,
                }),
            ),
        }
    }

    fn subject(_job: &str, company: Uuid, _n: u32) -> Uuid {
        company
    }
}

mod of_people {
    use super::Companies;

    crate::deployed::deployed!(Companies);
}

mod of_companies {
    use super::Whole;

    crate::deployed::deployed!(Whole:
        a_rules_event_is_answered_with_the_report_and_a_repeated_one_with_the_same,
        a_dry_run_writes_nothing_and_a_direct_request_does_what_it_said,
        an_unknown_field_is_refused_with_those_that_are_known,
        a_job_whose_lock_is_held_is_skipped_and_with_another_number_it_runs_under_that,
        a_run_for_one_tenant_leaves_the_other_byte_for_byte,
        a_tenant_of_another_product_is_not_found,
    );
}

/// Counts a job's subjects at an instant, by everybody's own clock.
async fn due_by_own_clock(stage: &Stage, job: &str, time: &str) -> Value {
    let function = stage.function(job).env("REMINDER_CLOCK", "local");
    let mut event = rule_with_id(job, time);
    event["time"] = json!(time);
    let invocation = checked(job, function.invoke(&event).await.unwrap());
    invocation.answer().unwrap()["total"].clone()
}

#[tokio::test]
async fn by_their_own_clocks_people_are_reminded_at_the_hours_of_berlin() {
    let stage = Stage::with_company(USERS).await;
    for (job, time, due) in [
        // From nine to noon.
        ("goal-deadlines", "2026-02-01T07:45:00Z", 0),
        ("goal-deadlines", "2026-02-01T08:00:00Z", 5),
        ("goal-deadlines", "2026-02-01T10:45:00Z", 5),
        ("goal-deadlines", "2026-02-01T11:00:00Z", 0),
        // Sunday from seven to ten in the evening.
        ("weekly-review", "2026-02-01T17:45:00Z", 0),
        ("weekly-review", "2026-02-01T18:00:00Z", 5),
        ("weekly-review", "2026-02-02T18:00:00Z", 0),
    ] {
        assert_eq!(
            due_by_own_clock(&stage, job, time).await,
            json!(due),
            "{job} {time}"
        );
    }
    // The later tick of the morning found them reminded.
    let reminded = "select count(*) from platform.message where job = 'goal-deadlines'";
    assert_eq!(stage.count(reminded).await, 5);
}

async fn as_command(job: &str, variables: &[(&str, &str)], stage: &Stage, arguments: &[&str]) -> Ended {
    let variables = [&[("DATABASE_URL", stage.url.as_str())], variables].concat();
    command(job, &variables, &[&["--as-of", as_of(job)], arguments].concat()).await
}

#[tokio::test]
async fn as_a_command_a_job_without_its_variable_fails_and_names_it() {
    let stage = Stage::with_company(USERS).await;
    let before = state::<Companies>(&stage).await;
    for (job, variables, named) in [
        ("daily-check", &[][..], "FRONTEND_URL"),
        (
            "daily-check",
            &[("FRONTEND_URL", FRONTEND_URL), ("REMINDER_CLOCK", "sidereal")],
            "REMINDER_CLOCK",
        ),
        (
            "data-cleanup",
            &[("CLEANUP_INTERVAL_DAYS", "180")],
            "ANALYTICS_RETENTION_DAYS",
        ),
        (
            "data-cleanup",
            &[("ANALYTICS_RETENTION_DAYS", "365")],
            "CLEANUP_INTERVAL_DAYS",
        ),
        (
            "data-cleanup",
            &[
                ("CLEANUP_INTERVAL_DAYS", "1"),
                ("ANALYTICS_RETENTION_DAYS", "365"),
            ],
            "CLEANUP_INTERVAL_DAYS",
        ),
    ] {
        let ended = as_command(job, variables, &stage, &[]).await;
        assert_ne!(ended.status, Some(0), "{job} {variables:?}");
        assert!(
            ended.stderr.contains(named),
            "{job} {variables:?}: {}",
            ended.stderr
        );
        assert_eq!(state::<Companies>(&stage).await, before, "{job} {variables:?}");
    }
}

#[tokio::test]
async fn as_a_command_numbers_of_a_few_are_refused_and_people_may_be_few() {
    let stage = Stage::with_company(USERS).await;
    for job in [
        "daily-analytics",
        "monthly-insights",
        "user-behavior",
        "weekly-aggregation",
        "performance-metrics",
    ] {
        let ended = as_command(job, &[], &stage, &["--limit", "1"]).await;
        assert_ne!(ended.status, Some(0), "{job}");
        let said = format!("limit is not supported by {job}");
        assert!(ended.stderr.contains(&said), "{}", ended.stderr);
    }
    let variables = [("FRONTEND_URL", FRONTEND_URL)];
    let ended = as_command("weekly-review", &variables, &stage, &["--limit", "2", "--json"]).await;
    assert_eq!(ended.status, Some(0), "{}", ended.stderr);
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(
        (&report["total"], &report["counters"]["queuedEmail"]),
        (&json!(2), &json!(2))
    );
}
