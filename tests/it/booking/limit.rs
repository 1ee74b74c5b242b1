//! The limit of the shop's jobs, through every door: of each shop in resolve-outcomes, of the run in the others.

use demo::runtime_api::Invocation;
use serde_json::{Value, json};

use crate::{
    command::{Ended, command},
    log::{checked, error, private},
    shops::{Kind, SHOP_JOBS},
    stage::{AS_OF, FRONTEND_URL, Stage, rule, rule_with_id},
};

const JOB: &str = "resolve-outcomes";
const OF_SHOP: &str = "limit must be an integer from 1 to 1000";
const OF_RUN: &str = "limit must be an integer of at least 1";

fn takes(job: &str) -> &'static str {
    if job == JOB { OF_SHOP } else { OF_RUN }
}

/// Runs a job over the stage as a command.
async fn ran(stage: &Stage, job: &str, arguments: &[&str]) -> Ended {
    let env = [
        ("DATABASE_URL", stage.url.as_str()),
        ("FRONTEND_URL", FRONTEND_URL),
    ];
    command(job, &env, &[&["--json", "--as-of", AS_OF], arguments].concat()).await
}

/// The log's warnings.
fn warnings(lines: &[String]) -> Vec<Value> {
    let lines = lines
        .iter()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["level"] == "WARN").collect()
}

/// The counters in which the limit shows, and the subjects taken.
fn shown(report: &Value) -> [&Value; 4] {
    let counters = &report["counters"];
    [
        &report["total"],
        &counters["limit"],
        &counters["limitClamped"],
        &counters["tenantsWithMore"],
    ]
}

fn answered(invocation: &Invocation) -> [&Value; 4] {
    shown(invocation.answer().unwrap())
}

#[tokio::test]
async fn one_that_is_no_integer_of_at_least_1_is_refused_with_what_the_job_takes() {
    let stage = Stage::empty().await;
    for (job, _) in SHOP_JOBS {
        let function = stage.function(job);
        let malformed = [json!(0), json!(-1), json!(1.5), json!("10")];
        for limit in &malformed {
            let refused = checked(job, function.invoke(&json!({"limit": limit})).await.unwrap());
            assert_eq!(error(&refused), ("BadRequest", takes(job)), "{limit}");
        }
        let record = |limit: &Value| {
            let body = json!({"limit": limit}).to_string();
            json!({"messageId": limit.to_string(), "eventSource": "aws:sqs", "body": body})
        };
        let batch: Vec<Value> = malformed.iter().map(record).collect();
        let invocation = function.invoke(&json!({"Records": batch})).await.unwrap();
        private(&invocation.logs.join("\n"));
        let failed: Vec<Value> = batch
            .iter()
            .map(|record| json!({"itemIdentifier": record["messageId"]}))
            .collect();
        assert_eq!(
            invocation.answer().unwrap(),
            &json!({"batchItemFailures": failed})
        );
        for limit in ["0", "-1", "x", "1.5"] {
            let ended = ran(&stage, job, &["--limit", limit]).await;
            assert_eq!((ended.status, ended.stdout.as_str()), (Some(2), ""), "{limit}");
            assert!(ended.stderr.contains(takes(job)), "{}", ended.stderr);
        }
    }
    assert_eq!(stage.count("select count(*) from platform.job_run").await, 0);
}

#[tokio::test]
async fn without_one_200_of_a_shop_are_taken_and_more_than_1000_become_1000_with_a_warning() {
    let stage = Stage::empty().await;
    let shop = stage.shop("alpha", 5).await;
    stage.add(shop, Kind::Due, 1_201).await;
    let function = stage.function(JOB).env("BATCH_SIZE", "500");
    let default = checked(JOB, function.invoke(&rule(JOB)).await.unwrap());
    assert_eq!(answered(&default), [200, 200, 0, 1]);
    assert_eq!(warnings(&default.logs), Vec::<Value>::new());

    let request = json!({"limit": 1001, "asOf": AS_OF});
    let clamped = checked(JOB, function.invoke(&request).await.unwrap());
    assert_eq!(answered(&clamped), [1000, 1000, 1, 1]);
    let warnings = warnings(&clamped.logs);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert_eq!(
        (&warnings[0]["wanted"], &warnings[0]["limit"]),
        (&json!(1001), &json!(1000)),
        "{}",
        warnings[0]
    );

    let rest = checked(JOB, function.invoke(&rule_with_id(JOB, "rest")).await.unwrap());
    assert_eq!(answered(&rest), [1, 200, 0, 0]);
}

#[tokio::test]
async fn it_is_each_shops_by_variable_by_request_and_by_argument() {
    let stage = Stage::shops().await;
    let function = stage.function(JOB).env("RESOLVE_OUTCOMES_LIMIT", "3");
    let of_variable = checked(JOB, function.invoke(&rule(JOB)).await.unwrap());
    assert_eq!(answered(&of_variable), [6, 3, 0, 2]);
    let soonest = "select count(*) from booking.appointment_event e
        join booking.appointment a on a.id = e.appointment_id
        where a.resource in ('due 1', 'due 2', 'due 3')";
    assert_eq!(stage.count(soonest).await, 6);

    let request = json!({"limit": 1, "asOf": AS_OF});
    let of_request = checked(JOB, function.invoke(&request).await.unwrap());
    assert_eq!(answered(&of_request), [2, 1, 0, 2]);

    let rest = stage.invoke(JOB, &rule_with_id(JOB, "rest")).await;
    assert_eq!(answered(&rest), [2, 200, 0, 0]);
}

#[tokio::test]
async fn as_an_argument_it_is_each_shops_too() {
    let stage = Stage::shops().await;
    for (limit, expected) in [("2", [4, 2, 0, 2]), ("1001", [6, 1000, 1, 0])] {
        let ended = ran(&stage, JOB, &["--limit", limit]).await;
        assert_eq!(ended.status, Some(0), "{}", ended.stderr);
        assert_eq!(
            shown(&serde_json::from_str(&ended.stdout).unwrap()),
            expected,
            "{limit}"
        );
        let lines: Vec<String> = ended.stderr.lines().map(str::to_owned).collect();
        assert_eq!(warnings(&lines).len(), usize::from(limit == "1001"), "{limit}");
    }
}

#[tokio::test]
async fn in_expire_offers_it_counts_bookings_and_openings_together_over_the_run() {
    // Alpha has five of each, and beta comes after it.
    for (limit, [released, triggered]) in [(3, [3, 0]), (5, [5, 0]), (7, [5, 2]), (16, [10, 6])] {
        let stage = Stage::shops().await;
        let invocation = stage
            .invoke("expire-offers", &json!({"limit": limit, "asOf": AS_OF}))
            .await;
        let report = invocation.answer().unwrap();
        assert_eq!(report["total"], limit);
        let counters = &report["counters"];
        assert_eq!(
            [&counters["released"], &counters["triggered"]],
            [released, triggered],
            "{limit}"
        );
    }
}

#[tokio::test]
async fn in_recompute_scores_it_counts_customers_over_the_run() {
    let stage = Stage::shops().await;
    for (limit, of_shops) in [(3, [3, 0]), (13, [10, 3])] {
        let request = json!({"limit": limit, "asOf": AS_OF});
        let invocation = stage.invoke("recompute-scores", &request).await;
        assert_eq!(invocation.answer().unwrap()["total"], limit);
        for (slug, count) in ["alpha", "beta"].into_iter().zip(of_shops) {
            let scored = format!(
                "select count(*) from booking.customer_score where tenant_id = '{}'",
                shared::testing::tenant_id(slug)
            );
            assert_eq!(stage.count(&scored).await, count, "{slug}, {limit}");
        }
    }
}
