//! The Lambda protocol, proven with the real binaries: what starts a run, what it answers, and what stays out
//! of the log.
//!
//! In one file because it is one protocol; each test stands alone.

use serde_json::{Value, json};
use shared::testing::{execute, tenant_id};

use crate::log::{checked, error};
use crate::stage::{AS_OF, GYMS, JOBS, MEMBERS, Stage, rule, rule_with_id, skipped};

// --- What starts a run ----------------------------------------------------------------------------------------

#[tokio::test]
async fn a_rules_event_is_answered_with_the_report() {
    let stage = Stage::new().await;
    for (job, _) in JOBS {
        let invocation = stage.invoke(job, &rule(job)).await;
        let report = invocation.answer().unwrap();
        let members = u64::from(MEMBERS) * GYMS.len() as u64;
        let expected = json!({
            "job": job, "status": "succeeded", "trigger": "schedule", "asOf": AS_OF, "dryRun": false, "attempt": 1,
            "resumed": false, "tenants": {"total": 2, "processed": 2, "failed": 0},
            "total": members, "processed": members, "failed": 0,
            "errors": [], "errorsTruncated": false, "changes": [],
        });
        for (field, value) in expected.as_object().unwrap() {
            assert_eq!(&report[field], value, "{field} of {job}");
        }
        assert!(report["durationMs"].is_u64() && report["counters"].is_object());
        let kept = format!(
            "select count(*) from platform.job_run where id = '{}'",
            report["runId"].as_str().unwrap()
        );
        assert_eq!(
            stage
                .count(&format!(
                    "{kept} and status = 'succeeded' and processed = {members}"
                ))
                .await,
            1
        );
        assert_eq!(
            stage
                .count(&format!("{kept} and request_id = '{}'", invocation.request_id))
                .await,
            1
        );
    }
    assert_eq!(
        stage.count("select count(*) from coaching.coach_action").await,
        10
    );
}

#[tokio::test]
async fn a_warm_sandbox_runs_again_and_says_that_it_is_warm() {
    let stage = Stage::new().await;
    let function = stage.function("commitment-scores");
    let first = checked(
        "commitment-scores",
        function
            .invoke(&rule_with_id("commitment-scores", "1"))
            .await
            .unwrap(),
    );
    let second = checked(
        "commitment-scores",
        function
            .invoke(&rule_with_id("commitment-scores", "2"))
            .await
            .unwrap(),
    );
    assert!(first.cold_start.is_some() && second.cold_start.is_none());
    assert_eq!(first.answer().unwrap()["counters"]["updated"], 10);
    assert_eq!(second.answer().unwrap()["counters"]["unchanged"], 10);
}

#[tokio::test]
async fn an_empty_object_is_a_request_for_everything_now() {
    let stage = Stage::new().await;
    let before = shared::clock::now();
    let invocation = stage.invoke("commitment-scores", &json!({})).await;
    let report = invocation.answer().unwrap();
    assert_eq!(
        (&report["trigger"], &report["total"]),
        (&json!("invoke"), &json!(10))
    );
    let as_of = chrono::DateTime::parse_from_rfc3339(report["asOf"].as_str().unwrap()).unwrap();
    // The database keeps microseconds, the clock nanoseconds.
    assert!(as_of.timestamp_micros() >= before.timestamp_micros() && as_of <= shared::clock::now());
}

#[tokio::test]
async fn a_request_that_cannot_be_meant_is_refused_with_what_it_takes() {
    let stage = Stage::empty().await;
    let function = stage.function("at-risk-detection");
    let instant = "asOf must be an RFC 3339 instant such as 2026-11-22T02:00:00Z, from 1970 to 2199";
    for (request, message) in [
        (
            json!({"dryrun": true}),
            "unknown field 'dryrun'; known fields: tenant, dryRun, limit, asOf, lockId, key, reason",
        ),
        (json!({"limit": 0}), "limit must be an integer of at least 1"),
        (json!({"limit": "10"}), "limit must be an integer of at least 1"),
        (json!({"asOf": "yesterday"}), instant),
        (json!({"asOf": "2026-02-30T00:00:00Z"}), instant),
        (json!({"dryRun": 1}), "dryRun must be true or false"),
        (
            json!([]),
            "the request must be a JSON object such as {}; known fields: tenant, dryRun, limit, asOf, lockId, key, reason",
        ),
    ] {
        let refused = checked("at-risk-detection", function.invoke(&request).await.unwrap());
        assert_eq!(error(&refused), ("BadRequest", message), "{request}");
    }
    assert_eq!(
        stage.count("select count(*) from platform.job_run").await,
        0,
        "no run came of any"
    );
}

#[tokio::test]
async fn an_event_that_is_no_json_is_an_error_and_the_sandbox_serves_on() {
    let stage = Stage::new().await;
    let function = stage.function("commitment-scores");
    let malformed = function.invoke_bytes("{\"tenant\": ".into()).await.unwrap();
    assert!(error(&malformed).1.contains("EOF while parsing"), "{malformed:?}");
    let next = function.invoke(&rule("commitment-scores")).await.unwrap();
    assert!(next.answer().is_ok() && next.cold_start.is_none());
}

#[tokio::test]
async fn a_queues_batch_gets_back_the_records_that_failed() {
    let stage = Stage::new().await;
    let record = |id: &str, body: &str| json!({"messageId": id, "eventSource": "aws:sqs", "body": body});
    let good = json!({"tenant": "alpha", "asOf": AS_OF}).to_string();
    let batch = json!({"Records": [record("zero", "{\"limit\": 0}"), record("text", "hello"), record("good", &good)]});
    let invocation = stage.function("commitment-scores").invoke(&batch).await.unwrap();
    let failures = json!([{"itemIdentifier": "zero"}, {"itemIdentifier": "text"}]);
    assert_eq!(
        invocation.answer().unwrap(),
        &json!({"batchItemFailures": failures})
    );
    assert_eq!(
        stage
            .count("select count(*) from platform.job_run where trigger = 'queue' and processed = 5")
            .await,
        1
    );
}

#[tokio::test]
async fn another_lock_id_is_for_development_and_refused_in_production() {
    let stage = Stage::new().await;
    let request = json!({"lockId": 99, "asOf": AS_OF});
    let function = stage.function("commitment-scores").env("APP_ENV", "production");
    let refused = checked("commitment-scores", function.invoke(&request).await.unwrap());
    let message =
        "lockId is refused in production; set the environment variable COMMITMENT_SCORES_LOCK_ID instead";
    assert_eq!(error(&refused), ("BadRequest", message));
    stage
        .invoke("commitment-scores", &request)
        .await
        .answer()
        .unwrap();
}

// --- What does not run ----------------------------------------------------------------------------------------

#[tokio::test]
async fn a_tenant_that_is_unknown_suspended_or_another_products_is_skipped_with_a_warning() {
    let stage = Stage::new().await;
    stage.db.tenant("booking", "a-shop", "UTC").await;
    let mut admin = stage.db.connect().await;
    execute(
        &mut admin,
        "update platform.tenant set suspended_at = now() where slug = 'beta'",
    )
    .await;
    for tenant in ["nobody", "beta", "a-shop", "00000000-0000-0000-0000-000000000000"] {
        let invocation = stage
            .invoke("commitment-scores", &json!({"tenant": tenant}))
            .await;
        assert_eq!(
            invocation.answer().unwrap(),
            &skipped("commitment-scores", "tenant not found"),
            "{tenant}"
        );
        assert!(
            invocation
                .logs
                .iter()
                .any(|line| line.contains("\"level\":\"WARN\"")),
            "{tenant}"
        );
    }
    let everyone = stage
        .invoke("commitment-scores", &rule("commitment-scores"))
        .await;
    assert_eq!(
        everyone.answer().unwrap()["tenants"]["total"],
        1,
        "a suspended gym is nobody's work"
    );
    assert_eq!(
        stage
            .count("select count(*) from coaching.member where score_factors is not null")
            .await,
        5
    );
}

#[tokio::test]
async fn one_tenant_is_found_by_its_slug_and_by_its_id() {
    let stage = Stage::new().await;
    for name in ["alpha".to_owned(), tenant_id("alpha").to_string()] {
        let invocation = stage
            .invoke("commitment-scores", &json!({"tenant": name, "asOf": AS_OF}))
            .await;
        assert_eq!(invocation.answer().unwrap()["total"], 5);
    }
    assert_eq!(
        stage
            .count("select count(distinct tenant_id) from coaching.member_score_history")
            .await,
        1
    );
}

#[tokio::test]
async fn a_paused_job_is_skipped_until_it_is_switched_on() {
    let stage = Stage::new().await;
    let mut admin = stage.db.connect().await;
    execute(
        &mut admin,
        "insert into platform.job_setting (job, enabled) values ('coach-actions', false)",
    )
    .await;
    let paused = stage.invoke("coach-actions", &rule("coach-actions")).await;
    assert_eq!(paused.answer().unwrap(), &skipped("coach-actions", "paused"));
    execute(&mut admin, "update platform.job_setting set enabled = true").await;
    let invocation = stage.invoke("coach-actions", &rule("coach-actions")).await;
    assert_eq!(
        invocation.answer().unwrap()["status"],
        "succeeded",
        "the same event may still be done"
    );
}

#[tokio::test]
async fn a_function_without_a_database_says_which_variable_is_missing() {
    let stage = Stage::empty().await;
    for (variable, value, message) in [
        (
            "DATABASE_URL",
            "",
            "DATABASE_SECRET_ID is not set (nor DATABASE_URL, which serves development)",
        ),
        (
            "BATCH_SIZE",
            "many",
            "BATCH_SIZE must be a whole number from 1 to 10000",
        ),
    ] {
        let function = stage.function("coach-actions").env(variable, value);
        let invocation = checked("coach-actions", function.invoke(&json!({})).await.unwrap());
        assert_eq!(error(&invocation), ("Configuration", message));
    }
}

// --- What stays out of the log --------------------------------------------------------------------------------

#[tokio::test]
async fn a_refused_record_is_reported_without_its_contents() {
    let stage = Stage::new().await;
    stage.until("coach-actions").await;
    // PostgreSQL's own account of such an error holds the whole row.
    let refuse =
        "alter table coaching.coach_action add constraint no_names check (title not like '%Zebulon%')";
    execute(&mut stage.db.connect().await, refuse).await;
    let function = stage
        .function("coach-actions")
        .env("AWS_LAMBDA_LOG_LEVEL", "DEBUG");
    let failed = checked(
        "coach-actions",
        function.invoke(&rule("coach-actions")).await.unwrap(),
    );
    assert!(error(&failed).1.contains("every subject failed"), "{failed:?}");
    let kept = "select count(*) from platform.job_run_error where message like '%no_names%' \
                and subject like 'member:%' and message not like '%Zebulon%'";
    assert_eq!(stage.count(kept).await, 10);
}

#[tokio::test]
async fn a_dry_run_shows_its_changes_to_whoever_asked_and_not_to_the_log() {
    let stage = Stage::new().await;
    stage.until("coach-actions").await;
    let state = stage.state().await;
    let function = stage
        .function("coach-actions")
        .env("AWS_LAMBDA_LOG_LEVEL", "DEBUG");
    let request = json!({"dryRun": true, "asOf": AS_OF});
    let dry = checked("coach-actions", function.invoke(&request).await.unwrap());
    let report = dry.answer().unwrap();
    assert_eq!(
        (&report["dryRun"], report["changes"].as_array().unwrap().len()),
        (&json!(true), 10)
    );
    let last: Value = serde_json::from_str(dry.logs.last().unwrap()).unwrap();
    assert_eq!(last["report"]["changes"], json!([]));
    assert_eq!(stage.state().await, state);
}
