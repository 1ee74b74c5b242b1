//! The other face of a job's binary: a command with a summary or JSON on stdout, logs on stderr, and an exit
//! status.

use std::process::Stdio;

use serde_json::{Value, json};
use shared::testing::{execute, subject_id, tenant_id};
use tokio::process::Command;

use crate::log::private;
use crate::stage::{AS_OF, Gate, Stage, binary, skipped};

pub struct Ended {
    pub status: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// Runs a job as a command that sees these variables and no others.
pub async fn command(job: &str, env: &[(&str, &str)], arguments: &[&str]) -> Ended {
    let output = Command::new(binary(job))
        .args(arguments)
        .env_clear()
        .envs(env.iter().copied())
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    let ended = Ended {
        status: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    };
    private(&ended.stderr);
    ended
}

async fn scores(stage: &Stage, arguments: &[&str]) -> Ended {
    let arguments = [&["--as-of", AS_OF], arguments].concat();
    command("commitment-scores", &[("DATABASE_URL", &stage.url)], &arguments).await
}

#[tokio::test]
async fn json_is_the_report_and_nothing_else_and_logs_go_to_stderr() {
    let stage = Stage::new().await;
    let ended = scores(&stage, &["--json"]).await;
    assert_eq!(ended.status, Some(0), "{}", ended.stderr);
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(
        (&report["status"], &report["trigger"]),
        (&json!("succeeded"), &json!("cli"))
    );
    assert_eq!((&report["total"], &report["asOf"]), (&json!(10), &json!(AS_OF)));
    for line in ended.stderr.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["job"], "commitment-scores");
    }
    assert!(
        ended.stderr.lines().last().unwrap().contains("[JOB SUCCESS]"),
        "{}",
        ended.stderr
    );
}

#[tokio::test]
async fn a_person_gets_a_short_summary() {
    let stage = Stage::new().await;
    let ended = scores(&stage, &["--tenant", "beta", "--limit", "3"]).await;
    assert_eq!(ended.status, Some(0), "{}", ended.stderr);
    let lines: Vec<_> = ended.stdout.lines().collect();
    assert!(
        lines[0].starts_with("commitment-scores succeeded in "),
        "{}",
        ended.stdout
    );
    assert!(
        lines.contains(&"  subjects  3 of 3 processed, 0 failed"),
        "{}",
        ended.stdout
    );
    assert!(serde_json::from_str::<Value>(&ended.stdout).is_err());
}

#[tokio::test]
async fn a_dry_run_shows_what_would_change_and_changes_nothing() {
    let stage = Stage::new().await;
    let state = stage.state().await;
    let ended = scores(&stage, &["--dry-run", "--json"]).await;
    assert_eq!(ended.status, Some(0), "{}", ended.stderr);
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(
        (&report["dryRun"], report["changes"].as_array().unwrap().len()),
        (&json!(true), 10)
    );
    assert_eq!(stage.state().await, state);
}

#[tokio::test]
async fn a_failed_subject_is_exit_status_1() {
    let stage = Stage::new().await;
    let guilty = subject_id(tenant_id("alpha"), 4);
    let mut admin = stage.db.connect().await;
    execute(
        &mut admin,
        "create function refuse() returns trigger language plpgsql as 'begin raise exception ''no''; end'",
    )
    .await;
    let trigger = format!(
        "create trigger refuse before update on coaching.member for each row when (new.id = '{guilty}') execute function refuse()"
    );
    execute(&mut admin, &trigger).await;
    let ended = scores(&stage, &["--json"]).await;
    assert_eq!(ended.status, Some(1), "{}", ended.stderr);
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(
        (&report["status"], &report["processed"], &report["failed"]),
        (&json!("partial"), &json!(9), &json!(1))
    );
    assert_eq!(report["errors"][0]["subject"], format!("member:{guilty}"));
}

#[tokio::test]
async fn arguments_that_cannot_be_used_are_exit_status_2_and_named() {
    let stage = Stage::empty().await;
    for (arguments, named) in [
        (&["--tenat", "alpha"][..], "--tenat"),
        (&["alpha"], "alpha"),
        (
            &["--limit", "0"],
            "'--limit <N>': limit must be an integer of at least 1",
        ),
        (&["--as-of", "yesterday"], "--as-of"),
        (&["--lock-id", "many"], "--lock-id"),
        (&["--tenant"], "--tenant"),
    ] {
        let ended = command("commitment-scores", &[("DATABASE_URL", &stage.url)], arguments).await;
        assert_eq!(
            (ended.status, ended.stdout.as_str()),
            (Some(2), ""),
            "{arguments:?}"
        );
        assert!(ended.stderr.contains(named), "{arguments:?}: {}", ended.stderr);
    }
    let env = [("DATABASE_URL", stage.url.as_str()), ("APP_ENV", "production")];
    let ended = command("commitment-scores", &env, &["--lock-id", "9"]).await;
    assert_eq!(ended.status, Some(2), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("lockId is refused in production"),
        "{}",
        ended.stderr
    );
}

#[tokio::test]
async fn a_run_that_fails_is_exit_status_1_and_says_why() {
    let nowhere = "postgres://nightshift:correct-horse@127.0.0.1:1/nightshift";
    for (env, why) in [
        (&[][..], "DATABASE_SECRET_ID is not set"),
        (&[("DATABASE_URL", nowhere)], "connect to the database"),
    ] {
        let ended = command("commitment-scores", env, &["--json"]).await;
        assert_eq!(
            (ended.status, ended.stdout.as_str()),
            (Some(1), ""),
            "{}",
            ended.stderr
        );
        assert!(
            ended.stderr.contains(why) && ended.stderr.contains("[JOB FAILURE]"),
            "{}",
            ended.stderr
        );
    }
}

#[tokio::test]
async fn a_skipped_run_is_no_failure() {
    let stage = Stage::new().await;
    let nobody = scores(&stage, &["--tenant", "nobody", "--json"]).await;
    assert_eq!(nobody.status, Some(0), "{}", nobody.stderr);
    assert_eq!(
        serde_json::from_str::<Value>(&nobody.stdout).unwrap(),
        skipped("commitment-scores", "tenant not found")
    );

    let gate = Gate::before(&stage, "commitment-scores", subject_id(tenant_id("alpha"), 1)).await;
    let (working, locked) = tokio::join!(scores(&stage, &["--json"]), async {
        gate.reached(&stage).await;
        let locked = scores(&stage, &["--json"]).await;
        gate.open().await;
        locked
    });
    assert_eq!(
        (working.status, locked.status),
        (Some(0), Some(0)),
        "{}{}",
        working.stderr,
        locked.stderr
    );
    assert_eq!(
        serde_json::from_str::<Value>(&locked.stdout).unwrap(),
        skipped("commitment-scores", "locked")
    );
}

#[tokio::test]
async fn help_names_every_option() {
    let ended = command("commitment-scores", &[], &["--help"]).await;
    assert_eq!(ended.status, Some(0));
    for option in [
        "--tenant",
        "--dry-run",
        "--limit",
        "--as-of",
        "--lock-id",
        "--json",
    ] {
        assert!(
            ended.stdout.contains(option),
            "{option} is missing in:\n{}",
            ended.stdout
        );
    }
}
