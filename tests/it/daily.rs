//! `daily`: the four sales jobs by one request, each with a run of its own.

use demo::runtime_api::Invocation;
use serde_json::{Value, json};
use shared::testing::execute;

use crate::{
    command::{Ended, command},
    log::{error, private},
    stage::{AS_OF, FRONTEND_URL, Stage, rule, skipped},
};

const IN_ORDER: [&str; 4] = [
    "update-account-types",
    "sample-metrics",
    "calculate-burn-rates",
    "process-triggers",
];

/// A database with one distributor that has nothing yet.
async fn distributor() -> Stage {
    let stage = Stage::empty().await;
    stage.tenant("sales", "vins", "Europe/Paris").await;
    stage
}

async fn daily(stage: &Stage, request: &Value) -> Invocation {
    let invocation = stage.function("daily").invoke(request).await.unwrap();
    invocation.logs.iter().for_each(|line| private(line));
    invocation
}

async fn by_hand(stage: &Stage, arguments: &[&str]) -> Ended {
    let env = [
        ("DATABASE_URL", stage.url.as_str()),
        ("FRONTEND_URL", FRONTEND_URL),
    ];
    command("daily", &env, &[&["--as-of", AS_OF], arguments].concat()).await
}

/// One field of each run that an answer tells of.
fn of_runs<'a>(answer: &'a Value, field: &str) -> Vec<&'a Value> {
    let runs = answer["runs"].as_array().unwrap();
    runs.iter().map(|run| &run[field]).collect()
}

/// The jobs that have a run, in the order in which they began.
async fn began(stage: &Stage) -> Vec<String> {
    stage
        .texts("select job from platform.job_run order by started_at")
        .await
}

/// Makes `sample-metrics` fail, or lets it work again.
async fn spoil(stage: &Stage, spoilt: bool) {
    let rename = match spoilt {
        true => "alter table sales.sample_usage rename to mislaid",
        false => "alter table sales.mislaid rename to sample_usage",
    };
    execute(&mut stage.db.connect().await, rename).await;
}

#[tokio::test]
async fn one_request_runs_the_four_in_their_order_at_one_clock() {
    let stage = distributor().await;
    let invocation = daily(&stage, &json!({"tenant": "vins", "reason": "after the import"})).await;
    let answer = invocation.answer().unwrap();
    assert_eq!(answer["job"], "daily");
    assert_eq!(of_runs(answer, "job"), IN_ORDER);
    assert_eq!(of_runs(answer, "status"), ["succeeded"; 4]);
    assert_eq!(began(&stage).await, IN_ORDER);
    let kept = "select count(*) || ' ' || count(distinct as_of) from platform.job_run
        where trigger = 'invoke' and scope = 'vins' and reason = 'after the import'";
    assert_eq!(stage.texts(kept).await, ["4 1"]);
    for run in answer["runs"].as_array().unwrap() {
        assert_ne!(run["counters"]["stale"], true, "{run}");
    }
    for job in IN_ORDER {
        let ended = format!("[JOB SUCCESS] {job} succeeded");
        let is_its = |line: &&String| line.contains(&ended) && line.contains(&format!("\"job\":\"{job}\""));
        assert_eq!(invocation.logs.iter().filter(is_its).count(), 1, "{job}");
    }
}

#[tokio::test]
async fn alone_a_job_says_what_it_goes_without() {
    for (job, stale) in [
        ("update-account-types", Value::Null),
        ("sample-metrics", json!(true)),
        ("calculate-burn-rates", Value::Null),
        ("process-triggers", json!(true)),
    ] {
        let stage = distributor().await;
        let alone = stage.invoke(job, &rule(job)).await;
        assert_eq!(alone.answer().unwrap()["counters"]["stale"], stale, "{job}");
    }
}

#[tokio::test]
async fn a_job_that_fails_ends_it_and_the_next_attempt_goes_on_there() {
    let stage = distributor().await;
    let request = json!({"asOf": AS_OF, "key": "by-hand"});
    spoil(&stage, true).await;
    let failed = daily(&stage, &request).await;
    let (error_type, message) = error(&failed);
    assert_eq!(error_type, "Failed");
    assert!(message.starts_with("sample-metrics failed: "), "{message}");
    assert_eq!(began(&stage).await, &IN_ORDER[..2]);

    spoil(&stage, false).await;
    let again = daily(&stage, &request).await;
    let answer = again.answer().unwrap();
    assert_eq!(of_runs(answer, "status"), ["succeeded"; 4]);
    assert_eq!(
        of_runs(answer, "duplicate"),
        [&json!(true), &Value::Null, &Value::Null, &Value::Null]
    );
    assert_eq!(of_runs(answer, "attempt"), [1, 2, 1, 1]);
    assert_eq!(began(&stage).await, IN_ORDER);
}

#[tokio::test]
async fn a_job_that_is_paused_holds_up_no_other() {
    let stage = distributor().await;
    let pause = "insert into platform.job_setting (job, enabled) values ('sample-metrics', false)";
    execute(&mut stage.db.connect().await, pause).await;
    let invocation = daily(&stage, &json!({"asOf": AS_OF})).await;
    let answer = invocation.answer().unwrap();
    assert_eq!(
        of_runs(answer, "status"),
        ["succeeded", "skipped", "succeeded", "succeeded"]
    );
    assert_eq!(answer["runs"][1], skipped("sample-metrics", "paused"));
    assert_eq!(answer["runs"][3]["counters"]["stale"], true);
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused_before_any_job_begins() {
    let stage = distributor().await;
    let refused = daily(&stage, &json!({"job": "daily"})).await;
    let message = "unknown field 'job'; known fields: tenant, dryRun, limit, asOf, lockId, key, reason";
    assert_eq!(error(&refused), ("BadRequest", message));
    let function = stage.function("daily").env("FRONTEND_URL", " ");
    let unconfigured = function.invoke(&json!({})).await.unwrap();
    assert_eq!(error(&unconfigured), ("Configuration", "FRONTEND_URL is not set"));
    let ended = by_hand(&stage, &["--limit", "0"]).await;
    assert_eq!((ended.status, ended.stdout.as_str()), (Some(2), ""));
    assert_eq!(began(&stage).await, [""; 0]);
}

#[tokio::test]
async fn by_hand_it_prints_a_summary_of_each_or_one_object_with_all() {
    let stage = distributor().await;
    let ended = by_hand(&stage, &[]).await;
    assert_eq!(ended.status, Some(0), "{}", ended.stderr);
    let heads: Vec<&str> = ended
        .stdout
        .lines()
        .filter(|line| !line.starts_with(' '))
        .collect();
    assert_eq!(heads.len(), 4, "{}", ended.stdout);
    for (head, job) in heads.iter().zip(IN_ORDER) {
        assert!(head.starts_with(&format!("{job} succeeded in ")), "{head}");
    }

    let ended = by_hand(&stage, &["--json", "--dry-run"]).await;
    assert_eq!(ended.status, Some(0), "{}", ended.stderr);
    let answer: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(of_runs(&answer, "job"), IN_ORDER);
    assert_eq!(of_runs(&answer, "dryRun"), [true; 4]);

    spoil(&stage, true).await;
    let ended = by_hand(&stage, &["--json"]).await;
    assert_eq!(ended.status, Some(1), "{}", ended.stderr);
    let answer: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(of_runs(&answer, "status"), ["succeeded", "failed"]);
}

#[tokio::test]
async fn a_job_that_is_locked_ends_it_and_its_record_comes_back_to_the_queue() {
    let stage = distributor().await;
    let mut elsewhere = stage.db.connect().await;
    execute(&mut elsewhere, "select pg_advisory_lock(482222)").await;
    let locked = daily(&stage, &json!({"asOf": AS_OF})).await;
    let message = "another run of sample-metrics is under way, and the jobs after it read what that will write: ask \
        again when it is done";
    assert_eq!(error(&locked), ("Locked", message));
    let ended = by_hand(&stage, &[]).await;
    assert_eq!(ended.status, Some(1));
    assert!(ended.stderr.contains(message), "{}", ended.stderr);

    let batch = json!({"Records": [{
        "messageId": "m-1", "eventSource": "aws:sqs", "body": json!({"asOf": AS_OF}).to_string(),
    }]});
    let failures = json!({"batchItemFailures": [{"itemIdentifier": "m-1"}]});
    assert_eq!(daily(&stage, &batch).await.answer().unwrap(), &failures);
    execute(
        &mut elsewhere,
        "select pg_advisory_unlock(482222); delete from platform.job_run where trigger <> 'queue'",
    )
    .await;
    let none = json!({"batchItemFailures": []});
    assert_eq!(daily(&stage, &batch).await.answer().unwrap(), &none);
    let ran = "select job from platform.job_run where status = 'succeeded' order by started_at";
    assert_eq!(
        stage.texts(ran).await,
        IN_ORDER,
        "what was done is not done again"
    );
}

#[tokio::test]
async fn a_variable_of_the_last_job_is_looked_at_before_the_first() {
    let stage = distributor().await;
    let function = stage.function("daily").env("PROCESS_TRIGGERS_LOCK_ID", "none");
    let refused = function.invoke(&json!({"asOf": AS_OF})).await.unwrap();
    let message = "PROCESS_TRIGGERS_LOCK_ID must be a whole number from 1 to 2147483647";
    assert_eq!(error(&refused), ("Configuration", message));
    assert_eq!(began(&stage).await, [""; 0]);
}
