//! Two looks at once, and a run that was only frozen.

use std::sync::Arc;

use serde_json::json;
use shared::{
    report::{Answer, Skip, Status, Totals},
    testing::{ran, scheduled},
};
use tokio::sync::Notify;

use super::{
    program::{Folder, missing_two},
    *,
};

/// Stops a run at its end, until it is told to go on.
#[derive(Default)]
struct Gate {
    reached: Arc<Notify>,
    go_on: Arc<Notify>,
}

impl Watch for Gate {
    async fn page(&mut self, _: Totals) {
        self.reached.notify_one();
        self.go_on.notified().await;
    }
}

#[tokio::test]
async fn of_two_looks_at_once_one_is_told_that_there_is_another() {
    let mut world = missing_two().await;
    let folder = Folder::with_commands(&world.jobs);
    let (watchdog, runner) = (folder.watchdog(&world.jobs), world.db.runner(500));
    let mut gate = Gate::default();
    let (reached, go_on) = (gate.reached.clone(), gate.go_on.clone());
    let (one, other) = (scheduled("look-1", minutes(0)), scheduled("look-2", minutes(0)));
    let (first, second) = tokio::join!(runner.run(&watchdog, &one, None, &mut gate), async {
        reached.notified().await;
        let answer = runner.run(&watchdog, &other, None, &mut ()).await.unwrap();
        go_on.notify_one();
        answer
    });
    assert_eq!(
        second,
        Answer::Skipped {
            job: "watchdog",
            reason: Skip::Locked
        }
    );
    assert_eq!(ran(first.unwrap()).status, Status::Succeeded);
    assert_eq!((world.alerts().await.len(), world.subjects().await.len()), (2, 2));
}

#[tokio::test]
async fn two_looks_that_the_lock_did_not_keep_apart_open_one_alert_and_write_one_mail() {
    let mut world = World::new().await;
    for start in [-300, -200] {
        world.run(start, json!({"status": "failed"})).await;
    }
    let (mut first, mut second) = (world.connect().await, world.connect().await);
    let mut tx = first.begin().await.unwrap();
    look(&mut tx, &world.jobs, minutes(0), Some(READER))
        .await
        .unwrap();
    let waiting = async {
        let mut tx = second.begin().await.unwrap();
        let looked = look(&mut tx, &world.jobs, minutes(0), Some(READER))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        looked.counters.mails
    };
    let committing = async {
        // When the second one waits for the first.
        let mut admin = world.db.connect().await;
        execute(
            &mut admin,
            "do $$ begin
                 for turn in 1..1000 loop
                     if exists (select from pg_locks where not granted and locktype = 'transactionid') then return; end if;
                     perform pg_sleep(0.01);
                 end loop;
                 raise exception 'nobody waits';
             end $$",
        )
        .await;
        tx.commit().await.unwrap();
    };
    let (mails, ()) = tokio::join!(waiting, committing);
    assert_eq!(mails, 0);
    assert_eq!((world.alerts().await.len(), world.subjects().await.len()), (1, 1));
}

/// A program that works in two transactions and can be stopped between them, as a sandbox is frozen.
struct Sleeper(Gate);

impl Program for Sleeper {
    const NAME: &'static str = "commitment-scores";
    const PRODUCT: &'static str = "platform";
    const LOCK_ID: i32 = 4_822_010;

    type Counters = Counters;

    async fn work(&self, run: &mut Run<'_, Self>, _: &[Tenant], _: &mut impl Watch) -> Result<(), Stop> {
        for _ in 0..2 {
            let mut tx = run.begin(None).await?;
            execute(&mut tx, "select from platform.job_run").await;
            tx.commit().await.map_err(anyhow::Error::from)?;
            self.0.reached.notify_one();
            self.0.go_on.notified().await;
        }
        Ok(())
    }
}

#[tokio::test]
async fn a_frozen_run_that_thaws_finds_itself_overtaken_and_leaves_what_the_watchdog_wrote() {
    let mut world = World::new().await;
    let (sleeper, runner) = (Sleeper(Gate::default()), world.db.runner(500));
    let request = scheduled("event-1", minutes(-20));
    let mut nobody = ();
    let frozen = runner.run(&sleeper, &request, None, &mut nobody);
    let (report, starts) = tokio::join!(frozen, async {
        sleeper.0.reached.notified().await;
        let silent = format!(
            "update platform.job_run set started_at = '{}', heartbeat_at = '{}' where event_key = 'event-1'",
            minutes(-20),
            minutes(-16)
        );
        execute(&mut world.admin, &silent).await;
        let looked = world.look(0).await;
        assert_eq!(looked.counters.runs_failed, 1);
        sleeper.0.go_on.notify_one();
        looked.starts
    });
    let report = ran(report.unwrap());
    assert_eq!(
        (report.status, report.error.as_deref()),
        (
            Status::Failed,
            Some("superseded: a later run has taken over, nothing more is written")
        )
    );
    let run = "select status, error, attempt from platform.job_run where event_key = 'event-1'";
    let error = "no sign of life for 15 minutes: the watchdog marked it failed";
    assert_eq!(
        one(&mut world.admin, run).await,
        json!({"status": "failed", "error": error, "attempt": 1})
    );

    // The run that is started again resumes it.
    let again = scheduled(&starts[0].key, starts[0].as_of);
    let go_on = async {
        for _ in 0..2 {
            sleeper.0.reached.notified().await;
            sleeper.0.go_on.notify_one();
        }
    };
    let mut nobody = ();
    let (resumed, ()) = tokio::join!(runner.run(&sleeper, &again, None, &mut nobody), go_on);
    let resumed = ran(resumed.unwrap());
    assert_eq!(
        (resumed.run_id, resumed.status, resumed.attempt),
        (report.run_id, Status::Succeeded, 2)
    );
}
