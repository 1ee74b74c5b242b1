//! The watchdog's binary, with the ways that it starts a run: as a command, and on Lambda.

use demo::runtime_api::Function;
use serde_json::{Value, json};
use shared::testing::{execute, insert};
use uuid::Uuid;

use crate::{
    command::command,
    log::{checked, error},
    stage::{Stage, binary, rule_with_id},
    vault::Endpoint,
};

const JOBS: &str = include_str!("../../functions/platform/src/watchdog/jobs.json");

/// Two gyms, of all whose jobs one did not come: commitment-scores, two hours before the look.
async fn missing() -> Stage {
    let stage = Stage::new().await;
    let mut admin = stage.db.connect().await;
    let first_look = json!({
        "id": Uuid::now_v7(), "job": "watchdog", "trigger": "schedule", "as_of": "2026-02-01T00:00:00Z", "status": "succeeded",
        "started_at": "2026-02-01T00:00:00Z", "heartbeat_at": "2026-02-01T00:00:00Z", "finished_at": "2026-02-01T00:00:00Z",
    });
    insert(&mut admin, "platform.job_run", &first_look).await;
    let jobs: Vec<Value> = serde_json::from_str(JOBS).unwrap();
    let names = jobs.iter().filter_map(|job| job["name"].as_str());
    for other in names.filter(|name| !["commitment-scores", "watchdog"].contains(name)) {
        let pause = format!("insert into platform.job_setting (job, enabled) values ('{other}', false)");
        execute(&mut admin, &pause).await;
    }
    stage
}

fn function(stage: &Stage, endpoint: &str) -> Function {
    Function::new(binary("watchdog"), "watchdog")
        .env("DATABASE_URL", &stage.url)
        .env("FUNCTION_NAME_PREFIX", "nightshift-")
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("AWS_REGION", "eu-central-1")
        .env("AWS_ACCESS_KEY_ID", "testing")
        .env("AWS_SECRET_ACCESS_KEY", "testing")
}

#[tokio::test]
async fn as_a_command_it_starts_the_job_that_did_not_come() {
    let stage = missing().await;
    let env = [
        ("DATABASE_URL", stage.url.as_str()),
        ("ALERT_EMAIL", "operator@example.org"),
    ];
    // The job writes its log where the watchdog does, so this waits for both.
    let ended = command("watchdog", &env, &["--as-of", "2026-02-03T04:00:00Z", "--json"]).await;
    assert_eq!(ended.status, Some(0), "{}", ended.stderr);
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    let counters = &report["counters"];
    assert_eq!(
        (
            &counters["alertsOpened"],
            &counters["runsStarted"],
            &counters["mails"]
        ),
        (&json!(1), &json!(1), &json!(1)),
        "{report}"
    );
    let came = "select status || ' ' || (as_of at time zone 'UTC') from platform.job_run where job = 'commitment-scores'";
    assert_eq!(stage.texts(came).await, ["succeeded 2026-02-03 02:00:00"]);
    let mail = "select target || ' ' || subject from platform.message where tenant_id is null";
    assert_eq!(
        stage.texts(mail).await,
        ["operator@example.org [Nightshift] critical: commitment-scores missing"]
    );
}

#[tokio::test]
async fn on_lambda_it_invokes_the_function_of_the_job_that_did_not_come() {
    let stage = missing().await;
    let endpoint = Endpoint::accepting().await;
    let function = function(&stage, &endpoint.url);
    let mut event = rule_with_id("watchdog", "1");
    event["time"] = json!("2026-02-03T04:00:00Z");
    let invocation = checked("watchdog", function.invoke(&event).await.unwrap());
    let report = invocation.answer().unwrap();
    assert_eq!(
        (&report["status"], &report["counters"]["runsStarted"]),
        (&json!("succeeded"), &json!(1))
    );
    assert_eq!(report["counters"]["mailsWithoutReader"], 1);
    assert_eq!(endpoint.asked(), 1);
}

#[tokio::test]
async fn a_function_that_is_not_there_makes_the_look_partial_and_is_named() {
    let stage = missing().await;
    let endpoint = Endpoint::refusing(
        "ResourceNotFoundException",
        "Function not found: arn:aws:lambda:x",
    )
    .await;
    let mut event = rule_with_id("watchdog", "1");
    event["time"] = json!("2026-02-03T04:00:00Z");
    let invocation = checked(
        "watchdog",
        function(&stage, &endpoint.url).invoke(&event).await.unwrap(),
    );
    let report = invocation.answer().unwrap();
    assert_eq!(
        (&report["status"], &report["failed"]),
        (&json!("partial"), &json!(1))
    );
    assert_eq!(
        (&report["errors"][0]["subject"], &report["errors"][0]["message"]),
        (
            &json!("job:commitment-scores"),
            &json!(
                "invoke nightshift-commitment-scores: ResourceNotFoundException: no function has this name in the account and region"
            )
        )
    );
}

#[tokio::test]
async fn a_variable_that_is_missing_or_malformed_is_named() {
    let stage = Stage::empty().await;
    for (name, value, why) in [
        ("FUNCTION_NAME_PREFIX", "", "FUNCTION_NAME_PREFIX is not set"),
        (
            "ALERT_EMAIL",
            "operator",
            "ALERT_EMAIL must be an e-mail address such as operator@example.com",
        ),
        ("REMINDER_CLOCK", "mine", "REMINDER_CLOCK must be utc or local"),
    ] {
        let function = function(&stage, "http://127.0.0.1:1").env(name, value);
        let failed = checked(
            "watchdog",
            function.invoke(&rule_with_id("watchdog", "1")).await.unwrap(),
        );
        assert_eq!(error(&failed), ("Configuration", why));
    }
}
