//! The watchdog as a run: its report, a dry run, and runs that could not be started.

use std::{os::unix::fs::symlink, path::PathBuf};

use super::*;
use serde_json::json;
use shared::{
    report::{Report, Status},
    request::Request,
    testing::{counted, invoked, ran, scheduled},
};

/// A folder of a test's own, removed with it.
pub struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("nightshift-watchdog-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir(&folder).unwrap();
        Self(folder)
    }

    /// One where the jobs' commands do nothing.
    pub fn with_commands(jobs: &[Watched]) -> Self {
        let folder = Self::new();
        for job in jobs {
            symlink("/bin/true", folder.0.join(&job.name)).unwrap();
        }
        folder
    }

    pub fn watchdog(&self, jobs: &[Watched]) -> Watchdog {
        Watchdog {
            jobs: jobs.to_vec(),
            alert_email: Some(READER.into()),
            starter: Starter::Commands {
                folder: self.0.clone(),
            },
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// A world in which commitment-scores and expire-offers did not come, but the other two did.
pub async fn missing_two() -> World {
    let mut world = World::new().await;
    world.run(-1500, json!({"job": "watchdog"})).await;
    world.run(-1, json!({"job": "watchdog"})).await;
    world.run(-1, json!({"job": "deliver-messages"})).await;
    world
}

async fn run(world: &World, watchdog: &Watchdog, request: &Request) -> Report {
    let runner = world.db.runner(500);
    ran(runner.run(watchdog, request, None, &mut ()).await.unwrap())
}

#[tokio::test]
async fn the_report_counts_jobs_alerts_mails_and_starts() {
    let world = missing_two().await;
    let folder = Folder::with_commands(&world.jobs);
    let report = run(
        &world,
        &folder.watchdog(&world.jobs),
        &scheduled("event", minutes(0)),
    )
    .await;
    assert_eq!(
        (
            report.status,
            report.totals.total,
            report.totals.processed,
            report.totals.failed
        ),
        (Status::Succeeded, 4, 4, 0)
    );
    assert_eq!(
        counted(&report),
        json!({"jobs": 4, "alertsOpened": 2, "runsStarted": 2, "mails": 2})
    );
    for counter in [
        "jobs",
        "alertsOpened",
        "alertsStillOpen",
        "alertsResolved",
        "runsFailed",
        "runsStarted",
        "mails",
        "mailsWithoutReader",
    ] {
        assert!(
            report.counters[counter].is_u64(),
            "{counter}: {}",
            report.counters
        );
    }
    let again = run(
        &world,
        &folder.watchdog(&world.jobs),
        &scheduled("event", minutes(0)),
    )
    .await;
    assert!(again.duplicate);
}

#[tokio::test]
async fn a_run_that_cannot_be_started_is_a_failed_subject_and_tried_again_by_the_next_look() {
    let world = missing_two().await;
    let folder = Folder::new();
    symlink("/bin/true", folder.0.join("expire-offers")).unwrap();
    let watchdog = folder.watchdog(&world.jobs);
    let report = run(&world, &watchdog, &scheduled("look-1", minutes(0))).await;
    assert_eq!(
        (report.status, report.totals.processed, report.totals.failed),
        (Status::Partial, 3, 1)
    );
    assert_eq!(report.counters["runsStarted"], 1);
    assert_eq!(report.errors.len(), 1);
    assert_eq!(report.errors[0].subject, "job:commitment-scores");
    assert!(
        report.errors[0]
            .message
            .starts_with("start the command commitment-scores"),
        "{:?}",
        report.errors
    );

    symlink("/bin/true", folder.0.join("commitment-scores")).unwrap();
    let report = run(&world, &watchdog, &scheduled("look-2", minutes(5))).await;
    assert_eq!(
        (report.status, &report.counters["runsStarted"]),
        (Status::Succeeded, &json!(2))
    );
    assert_eq!(
        (
            &report.counters["alertsOpened"],
            &report.counters["alertsStillOpen"]
        ),
        (&json!(0), &json!(2))
    );
}

#[tokio::test]
async fn a_dry_run_shows_the_alerts_and_writes_and_starts_nothing() {
    let mut world = missing_two().await;
    for start in [-300, -200] {
        world
            .run(start, json!({"job": "expire-offers", "status": "failed"}))
            .await;
    }
    let stuck = world
        .run(-30, json!({"job": "expire-offers", "status": "running", "finished_at": null, "heartbeat_at": minutes(-20)}))
        .await;
    let alert = json!({
        "id": uuid::Uuid::now_v7(), "job": "deliver-messages", "rule": "failing", "severity": "critical", "message": "the last 2 runs failed",
        "opened_at": minutes(-60), "last_seen_at": minutes(-5), "created_at": minutes(-60),
    });
    insert(&mut world.admin, "platform.alert", &alert).await;
    let before = (
        world.db.rows("platform.alert").await,
        world.db.rows("platform.message").await,
    );
    // Whatever is started fails.
    let folder = Folder::new();
    let request = Request {
        dry_run: true,
        ..invoked(minutes(0))
    };
    let report = run(&world, &folder.watchdog(&world.jobs), &request).await;
    assert_eq!(report.status, Status::Succeeded);
    assert_eq!(
        counted(&report),
        json!({"jobs": 4, "alertsOpened": 4, "alertsResolved": 1, "runsFailed": 1, "mails": 6})
    );
    let shown: Vec<(&str, bool, bool)> = report
        .changes
        .iter()
        .map(|change| {
            (
                change.subject.as_str(),
                change.before.is_null(),
                change.after.is_null(),
            )
        })
        .collect();
    for expected in [
        ("alert:commitment-scores:missing", true, false),
        ("alert:expire-offers:failing", true, false),
        ("alert:expire-offers:missing", true, false),
        ("alert:expire-offers:stuck", true, false),
        ("alert:deliver-messages:failing", false, true),
    ] {
        assert!(shown.contains(&expected), "{expected:?} {shown:?}");
    }
    let after = (
        world.db.rows("platform.alert").await,
        world.db.rows("platform.message").await,
    );
    assert_eq!(after, before);
    let status = one(
        &mut world.admin,
        &format!("select status from platform.job_run where id = '{stuck}'"),
    )
    .await;
    assert_eq!(status, json!({"status": "running"}));
}

#[tokio::test]
async fn a_limit_is_refused() {
    let watchdog = Folder::new().watchdog(&[]);
    assert_eq!(watchdog.limit().refusal(), "limit is not supported by watchdog");
}
