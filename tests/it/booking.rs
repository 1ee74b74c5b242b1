//! The shop's jobs as deployed: what starts them, what they answer, whom they leave alone.

mod limit;
mod resume;

use serde_json::{Value, json};
use shared::testing::tenant_id;
use uuid::Uuid;

use crate::{
    command::command,
    log::{checked, error},
    shops::{Kind, SHOP_JOBS, SHOPS},
    stage::{AS_OF, Gate, Stage, rule, rule_with_id, skipped},
};

/// A job's subjects in the two shops, and what it counts when it comes in its place in the night.
fn expected(job: &str) -> (u64, Value) {
    match job {
        "resolve-outcomes" => (
            10,
            json!({
                "total": 6, "resolved": 6, "skipped": 0, "backfilled": 4, "noShowsDetected": 0, "settled": 10,
                "voided": 0, "refunded": 0, "refundsDue": 4, "limit": 200, "limitClamped": 0, "tenantsWithMore": 0,
                "timezoneFallbacks": 0,
            }),
        ),
        "expire-offers" => (
            20,
            json!({
                "total": 10, "expired": 10, "triggered": 10, "undeliverable": 0, "superseded": 0, "swept": 0,
                "openingsExpired": 0, "held": 0, "waiting": 0, "released": 10, "reopened": 0, "skipped": 0,
            }),
        ),
        _ => (
            20,
            json!({
                "scoresChanged": 20, "scoresUnchanged": 0, "noShowStatsChanged": 20, "noShowStatsUnchanged": 0,
                "tierTop": 10, "tierNeutral": 10, "tierRisk": 0, "tierChanged": 0, "insufficientHistory": 12,
                "stale": false,
            }),
        ),
    }
}

#[tokio::test]
async fn a_rules_event_is_answered_with_the_report_and_a_repeated_one_with_the_same() {
    let stage = Stage::shops().await;
    for (job, _) in SHOP_JOBS {
        let report = stage.invoke(job, &rule(job)).await.answer().unwrap().clone();
        let (subjects, counters) = expected(job);
        let expected = json!({
            "job": job, "runId": report["runId"], "status": "succeeded", "trigger": "schedule", "asOf": AS_OF,
            "dryRun": false, "attempt": 1, "resumed": false, "durationMs": report["durationMs"],
            "tenants": {"total": 2, "processed": 2, "failed": 0},
            "total": subjects, "processed": subjects, "failed": 0, "counters": counters,
            "errors": [], "errorsTruncated": false, "changes": [],
        });
        assert_eq!(report, expected);
        assert!(report["durationMs"].is_u64());
        let kept = format!(
            "select count(*) from platform.job_run
             where id = '{}' and status = 'succeeded' and processed = {subjects} and trigger = 'schedule'",
            report["runId"].as_str().unwrap()
        );
        assert_eq!(stage.count(&kept).await, 1);

        let state = stage.shops_state().await;
        let mut again = report;
        again["duplicate"] = json!(true);
        assert_eq!(stage.invoke(job, &rule(job)).await.answer().unwrap(), &again);
        assert_eq!(stage.shops_state().await, state);
    }
    let messages = "select job || ' ' || count(*) from platform.message group by job order by 1";
    assert_eq!(
        stage.texts(messages).await,
        ["expire-offers 10", "resolve-outcomes 4"]
    );
}

#[tokio::test]
async fn a_dry_run_writes_nothing_and_a_direct_request_does_what_it_said() {
    let stage = Stage::shops().await;
    for (job, _) in SHOP_JOBS {
        let (subjects, counters) = expected(job);
        let state = stage.shops_state().await;
        let dry = stage.invoke(job, &json!({"asOf": AS_OF, "dryRun": true})).await;
        let dry = dry.answer().unwrap();
        let changes = dry["changes"].as_array().unwrap();
        assert_eq!(stage.shops_state().await, state, "{job}");
        assert_eq!(
            (&dry["dryRun"], &dry["counters"]),
            (&json!(true), &counters),
            "{job}"
        );
        assert_eq!(changes.len() as u64, subjects, "{job}");

        let direct = stage.invoke(job, &json!({"asOf": AS_OF})).await;
        let direct = direct.answer().unwrap();
        for (field, value) in [
            ("status", json!("succeeded")),
            ("trigger", json!("invoke")),
            ("asOf", json!(AS_OF)),
            ("total", json!(subjects)),
            ("counters", counters),
        ] {
            assert_eq!(direct[field], value, "{field} of {job}");
        }
        assert_ne!(stage.shops_state().await, state, "{job}");

        if job == "expire-offers" {
            let mut foretold: Vec<&str> = changes
                .iter()
                .filter_map(|change| change["after"]["offered_to"].as_str())
                .collect();
            foretold.sort_unstable();
            let made =
                "select 'customer:' || customer_id from booking.slot_offer where status = 'sent' order by 1";
            assert_eq!(stage.texts(made).await, foretold);
        }
    }
}

#[tokio::test]
async fn an_unknown_field_is_refused_with_those_that_are_known() {
    let stage = Stage::empty().await;
    for (job, _) in SHOP_JOBS {
        let refused = stage.invoke(job, &json!({"shopId": "alpha"})).await;
        let message =
            "unknown field 'shopId'; known fields: tenant, dryRun, limit, asOf, lockId, key, reason";
        assert_eq!(error(&refused), ("BadRequest", message), "{job}");
    }
    assert_eq!(stage.count("select count(*) from platform.job_run").await, 0);
}

#[tokio::test]
async fn a_variable_that_is_missing_or_out_of_range_is_named() {
    let stage = Stage::empty().await;
    for (job, variable, value, message) in [
        ("expire-offers", "FRONTEND_URL", "", "FRONTEND_URL is not set"),
        (
            "recompute-scores",
            "RECOMPUTE_SCORES_WINDOW_DAYS",
            "29",
            "RECOMPUTE_SCORES_WINDOW_DAYS must be a whole number from 30 to 730",
        ),
        (
            "resolve-outcomes",
            "RESOLVE_OUTCOMES_LIMIT",
            "1001",
            "RESOLVE_OUTCOMES_LIMIT must be a whole number from 1 to 1000",
        ),
    ] {
        let function = stage.function(job).env(variable, value);
        let refused = checked(job, function.invoke(&rule(job)).await.unwrap());
        assert_eq!(error(&refused), ("Configuration", message));

        let ended = command(job, &[("DATABASE_URL", &stage.url), (variable, value)], &[]).await;
        assert_eq!((ended.status, ended.stdout.as_str()), (Some(1), ""), "{job}");
        assert!(ended.stderr.contains(message), "{}", ended.stderr);
    }
    assert_eq!(stage.count("select count(*) from platform.job_run").await, 0);
}

// --- Locks ----------------------------------------------------------------------------------------------------

/// How many sessions hold a lock.
async fn holders(stage: &Stage, lock: i64) -> i64 {
    let held = format!(
        "select count(*) from pg_locks join pg_database on pg_database.oid = pg_locks.database
         where datname = current_database() and locktype = 'advisory' and objid = {lock} and granted"
    );
    stage.count(&held).await
}

#[tokio::test]
async fn a_job_whose_lock_is_held_is_skipped_and_with_another_number_it_runs_under_that() {
    for (job, lock) in SHOP_JOBS {
        let stage = Stage::shops().await;
        let mut elsewhere = stage.db.connect().await;
        shared::testing::execute(&mut elsewhere, &format!("select pg_advisory_lock({lock})")).await;
        let state = stage.shops_state().await;
        let locked = stage.invoke(job, &rule(job)).await;
        assert_eq!(locked.answer().unwrap(), &skipped(job, "locked"));
        assert_eq!(stage.shops_state().await, state);
        let kept = format!(
            "select count(*) from platform.job_run
             where job = '{job}' and status = 'skipped' and error = 'locked' and trigger = 'schedule'
             and request_id = '{}'",
            locked.request_id
        );
        assert_eq!(stage.count(&kept).await, 1);

        let variable = format!("{}_LOCK_ID", job.to_uppercase().replace('-', "_"));
        let function = stage.function(job).env(&variable, "99");
        let gate = Gate::before(&stage, job, subject(job, 1)).await;
        let event = rule(job);
        let (ran, ()) = tokio::join!(function.invoke(&event), async {
            gate.reached(&stage).await;
            assert_eq!((holders(&stage, 99).await, holders(&stage, lock).await), (1, 1));
            let second = checked(job, function.invoke(&rule_with_id(job, "second")).await.unwrap());
            assert_eq!(second.answer().unwrap(), &skipped(job, "locked"));
            gate.open().await;
        });
        let ran = checked(job, ran.unwrap());
        assert_eq!(
            ran.answer().unwrap()["status"],
            "succeeded",
            "the skipped event may still be done"
        );
    }
}

/// The n-th subject of the first shop.
fn subject(job: &str, n: u32) -> Uuid {
    let kind = match job {
        "resolve-outcomes" => Kind::Due,
        "expire-offers" => Kind::Opening,
        _ => Kind::Customer,
    };
    kind.id(tenant_id(SHOPS[0]), n)
}

// --- Tenants --------------------------------------------------------------------------------------------------

/// Every row of a shop, and of its messages, with the version that any write would change.
async fn rows(stage: &Stage, shop: Uuid) -> Vec<String> {
    let tables = "select 'booking.' || tablename from pg_tables where schemaname = 'booking' order by 1";
    let mut rows = Vec::new();
    for table in stage
        .texts(tables)
        .await
        .into_iter()
        .chain(["platform.message".to_owned()])
    {
        let of_shop =
            format!("select '{table} ' || xmin || t from {table} t where tenant_id = '{shop}' order by 1");
        rows.extend(stage.texts(&of_shop).await);
    }
    rows
}

#[tokio::test]
async fn a_run_for_one_shop_leaves_the_other_byte_for_byte() {
    let stage = Stage::shops().await;
    for (named, other) in [("alpha", "beta"), ("beta", "alpha")] {
        let (named, other) = (tenant_id(named), tenant_id(other));
        for (job, _) in SHOP_JOBS {
            let (own, others) = (rows(&stage, named).await, rows(&stage, other).await);
            let request = json!({"tenant": named.to_string(), "asOf": AS_OF});
            let invocation = stage.invoke(job, &request).await;
            let report = invocation.answer().unwrap();
            assert_eq!(
                (&report["tenants"]["total"], &report["total"]),
                (&json!(1), &json!(expected(job).0 / 2))
            );
            assert_ne!(rows(&stage, named).await, own, "{job}");
            assert_eq!(rows(&stage, other).await, others, "{job}");
        }
    }
}

#[tokio::test]
async fn a_tenant_of_another_product_is_not_found() {
    let stage = Stage::shops().await;
    let gym = stage.gym("gamma", 1).await;
    let state = stage.shops_state().await;
    for (job, _) in SHOP_JOBS {
        for tenant in ["gamma".to_owned(), gym.to_string()] {
            let invocation = stage.invoke(job, &json!({"tenant": tenant, "asOf": AS_OF})).await;
            assert_eq!(
                invocation.answer().unwrap(),
                &skipped(job, "tenant not found"),
                "{tenant}"
            );
        }
    }
    assert_eq!(stage.shops_state().await, state);
}
