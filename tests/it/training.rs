//! The training app's jobs as deployed.

mod stage;

use serde_json::{Value, json};
use shared::testing::{execute, subject_id, tenant_id};
use uuid::Uuid;

use crate::{
    command::{Ended, command},
    deployed::{Product, TENANTS, deployed, state},
    stage::{AS_OF, Stage, rule_with_id},
};
use stage::USERS;

deployed!(Apps);

pub struct Apps;

impl Product for Apps {
    const NAME: &'static str = "training";
    const JOBS: &'static [(&'static str, i64)] = &[("behavior-metrics", 482_211), ("weekly-report", 482_212)];

    async fn stage() -> Stage {
        Stage::apps().await
    }

    fn expected(job: &str) -> (u64, Value) {
        let counters = match job {
            "behavior-metrics" => json!({
                "created": 10, "updated": 0, "unchanged": 0, "skippedNewer": 0, "lapsed": 0, "timezoneFallbacks": 4,
                "llmUsersToday": 2, "llmCallsToday": 6, "llmUsersYesterday": 2, "llmCallsYesterday": 4,
            }),
            _ => json!({
                // One day of training is too little to tell.
                "generated": 8, "insufficientData": 2, "upgraded": 0, "unchanged": 0, "predictions": 10,
                "notifications": 10, "catchUp": 10, "timezoneFallbacks": 4,
            }),
        };
        (2 * u64::from(USERS), counters)
    }

    fn subject(_job: &str, app: Uuid, n: u32) -> Uuid {
        subject_id(app, n)
    }
}

/// The event of an hourly tick of the weekly report, always the same for the same hour.
pub fn tick(time: &str) -> Value {
    let mut event = rule_with_id("weekly-report", time);
    event["time"] = json!(time);
    event
}

#[tokio::test]
async fn each_tick_of_a_monday_tells_what_is_left_to_tell_and_the_same_one_nothing() {
    let stage = Stage::apps().await;
    // Three in the morning where the users live, four, and seven: two of whom there is too little to tell come again.
    for (time, total, counted) in [
        (
            "2026-02-02T01:00:00Z",
            10,
            json!({
                "generated": 8, "insufficientData": 2, "upgraded": 0, "unchanged": 0, "predictions": 10,
                "notifications": 10, "catchUp": 0, "timezoneFallbacks": 4,
            }),
        ),
        (
            "2026-02-02T02:00:00Z",
            2,
            json!({
                "generated": 0, "insufficientData": 0, "upgraded": 0, "unchanged": 2, "predictions": 0,
                "notifications": 0, "catchUp": 0, "timezoneFallbacks": 0,
            }),
        ),
        (
            "2026-02-02T05:00:00Z",
            0,
            json!({
                "generated": 0, "insufficientData": 0, "upgraded": 0, "unchanged": 0, "predictions": 0,
                "notifications": 0, "catchUp": 0, "timezoneFallbacks": 0,
            }),
        ),
    ] {
        let report = stage.invoke("weekly-report", &tick(time)).await;
        let report = report.answer().unwrap();
        for (field, value) in [
            ("status", json!("succeeded")),
            ("asOf", json!(time)),
            ("total", json!(total)),
            ("processed", json!(total)),
            ("counters", counted),
        ] {
            assert_eq!(report[field], value, "{field} at {time}");
        }
        let left = state::<Apps>(&stage).await;
        let mut again = report.clone();
        again["duplicate"] = json!(true);
        let repeated = stage.invoke("weekly-report", &tick(time)).await;
        assert_eq!(repeated.answer().unwrap(), &again);
        assert_eq!(state::<Apps>(&stage).await, left);
    }
    let weeks = "select distinct week_start::text from training.weekly_report";
    assert_eq!(stage.texts(weeks).await, ["2026-01-26"]);
}

async fn metrics(stage: &Stage, arguments: &[&str]) -> Ended {
    let arguments = [&["--as-of", AS_OF], arguments].concat();
    command("behavior-metrics", &[("DATABASE_URL", &stage.url)], &arguments).await
}

#[tokio::test]
async fn as_a_command_a_hundred_users_are_measured_of_those_who_are_more() {
    let stage = Stage::with_app(101).await;
    let ended = metrics(&stage, &["--limit", "100"]).await;
    assert_eq!(ended.status, Some(0), "{}", ended.stderr);
    let lines: Vec<&str> = ended.stdout.lines().collect();
    assert!(
        lines[0].starts_with("behavior-metrics succeeded in "),
        "{}",
        ended.stdout
    );
    for words in [
        &["subjects", "100", "of", "100", "processed,", "0", "failed"][..],
        &["created", "100"],
    ] {
        let is_there = lines
            .iter()
            .any(|line| line.split_whitespace().eq(words.iter().copied()));
        assert!(is_there, "{words:?} is missing in:\n{}", ended.stdout);
    }
    let measured = "select count(*) from training.behavior_metric";
    assert_eq!(stage.count(measured).await, 100);

    // The one who is left comes first the next time.
    let next = ["--limit", "1", "--json"];
    let ended = metrics(&stage, &next).await;
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(
        (&report["total"], &report["counters"]["created"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(stage.count(measured).await, 101);
}

#[tokio::test]
async fn as_a_command_a_user_whose_zone_nobody_knows_is_exit_status_1_and_the_others_are_written() {
    let stage = Stage::with_app(USERS).await;
    let lost = "update platform.tenant set time_zone = 'Mars/Olympus'";
    execute(&mut stage.db.connect().await, lost).await;
    let ended = metrics(&stage, &["--json"]).await;
    assert_eq!(ended.status, Some(1), "{}", ended.stderr);
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(
        (&report["status"], &report["processed"], &report["failed"]),
        (&json!("partial"), &json!(3), &json!(2))
    );
    let app = tenant_id(TENANTS[0]);
    let failed = |n| {
        json!({
            "tenant": TENANTS[0], "subject": format!("user:{}", subject_id(app, n)),
            "message": "time zone '' is unknown, and so is the tenant's 'Mars/Olympus'",
        })
    };
    assert_eq!(report["errors"], json!([failed(2), failed(4)]));
    let measured = "select user_id::text from training.behavior_metric order by 1";
    assert_eq!(
        stage.texts(measured).await,
        [1, 3, 5].map(|n| subject_id(app, n).to_string())
    );

    let ended = metrics(&stage, &[]).await;
    assert_eq!(ended.status, Some(1), "{}", ended.stderr);
    assert!(
        ended
            .stdout
            .lines()
            .any(|line| line == "  subjects  3 of 5 processed, 2 failed"),
        "{}",
        ended.stdout
    );
}

#[tokio::test]
async fn as_a_command_unusable_arguments_are_exit_status_2_and_nothing_is_done() {
    let stage = Stage::with_app(USERS).await;
    for (arguments, named) in [
        (&["--limit", "0"][..], "--limit"),
        (&["--limit", "-1"], "-1"),
        (&["--limit", "all"], "--limit"),
        (&["--limit"], "--limit"),
        (&["--users", "100"], "--users"),
        (&["100"], "100"),
    ] {
        for (job, _) in Apps::JOBS {
            let ended = command(job, &[("DATABASE_URL", &stage.url)], arguments).await;
            assert_eq!(
                (ended.status, ended.stdout.as_str()),
                (Some(2), ""),
                "{job} {arguments:?}"
            );
            assert!(
                ended.stderr.contains(named),
                "{job} {arguments:?}: {}",
                ended.stderr
            );
        }
    }
    assert_eq!(stage.count("select count(*) from platform.job_run").await, 0);
}
