//! Looks at jobs whose runs are made up, as the role that the watchdog has.

mod at_once;
mod messages;
mod missing;
mod program;
mod rules;
mod stuck;

use shared::{
    db::Database,
    testing::{TestDb, all, execute, insert, one},
};
use sqlx::Connection;

use super::{rule::Rule, *};

/// When the first look is.
const NOW: &str = "2026-02-03T10:00:00Z";

const READER: &str = "operator@example.org";

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// So many minutes after the first look, or before it.
fn minutes(minutes: i64) -> DateTime<Utc> {
    at(NOW) + TimeDelta::minutes(minutes)
}

fn watched(name: &str, schedule: &str) -> Watched {
    Watched {
        name: name.to_owned(),
        schedule: schedule.parse().unwrap(),
        may_be_empty: false,
    }
}

/// A database in which runs are made up.
struct World {
    db: TestDb,
    admin: PgConnection,
    jobs: Vec<Watched>,
    runs: i64,
}

impl World {
    async fn new() -> Self {
        let db = TestDb::new().await;
        Self {
            admin: db.connect().await,
            db,
            jobs: vec![
                watched("commitment-scores", "cron(0 2 * * ? *)"),
                watched("expire-offers", "cron(0/5 * * * ? *)"),
                watched("deliver-messages", "cron(* * * * ? *)"),
                watched("watchdog", "cron(0/5 * * * ? *)"),
            ],
            runs: 0,
        }
    }

    /// Makes a run of commitment-scores that started so many minutes after the first look and took 4 s, but for what is said
    /// otherwise.
    async fn run(&mut self, started: i64, other: serde_json::Value) -> uuid::Uuid {
        self.runs += 1;
        let id = uuid::Uuid::now_v7();
        let (begin, end) = (minutes(started), minutes(started) + TimeDelta::seconds(4));
        let mut run = serde_json::json!({
            "id": id, "job": "commitment-scores", "trigger": "schedule", "event_key": format!("event-{}", self.runs),
            "as_of": begin, "status": "succeeded", "fence": self.runs, "started_at": begin, "heartbeat_at": end, "finished_at": end,
            "duration_ms": 4000, "total": 100, "processed": 100, "failed": 0,
        });
        run.as_object_mut()
            .unwrap()
            .extend(other.as_object().unwrap().clone());
        insert(&mut self.admin, "platform.job_run", &run).await;
        id
    }

    /// A connection as the watchdog has it.
    async fn connect(&self) -> PgConnection {
        Database::new(&self.db.config(), "watchdog")
            .connect()
            .await
            .unwrap()
    }

    /// A look at so many minutes after the first, which is committed.
    async fn look(&self, after: i64) -> Look {
        let mut connection = self.connect().await;
        let mut tx = connection.begin().await.unwrap();
        let looked = look(&mut tx, &self.jobs, minutes(after), Some(READER))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        looked
    }

    /// The alerts there are, oldest first.
    async fn alerts(&mut self) -> Vec<serde_json::Value> {
        let alerts = "select id, job, rule, severity, message, opened_at, last_seen_at, resolved_at from platform.alert order by opened_at, job, rule";
        all(&mut self.admin, alerts).await
    }

    /// The mails' subjects.
    async fn subjects(&mut self) -> Vec<String> {
        let mails =
            "select subject from platform.message where job = 'watchdog' order by dedupe_key, subject";
        let subject = |row: serde_json::Value| row["subject"].as_str().unwrap().to_owned();
        all(&mut self.admin, mails)
            .await
            .into_iter()
            .map(subject)
            .collect()
    }

    /// Looks four times: the cause is there, and still, and gone, and still gone. One alert comes of it, which stays one row,
    /// and one mail each way.
    async fn comes_and_goes(
        &mut self,
        job: &str,
        rule: Rule,
        message: &str,
        cure: impl AsyncFnOnce(&mut Self),
    ) {
        let (name, severity) = (rule.name(), rule.severity());
        let opened = format!("[Nightshift] {severity}: {job} {name}");
        let resolved = format!("[Nightshift] resolved: {job} {name}");

        let first = self.look(0).await.counters;
        assert_eq!(
            (
                first.alerts_opened,
                first.alerts_still_open,
                first.alerts_resolved,
                first.mails
            ),
            (1, 0, 0, 1),
            "{name}"
        );
        let alerts = self.alerts().await;
        let [alert] = &alerts[..] else {
            panic!("{alerts:?}")
        };
        assert_eq!(
            (
                &alert["job"],
                &alert["rule"],
                &alert["severity"],
                &alert["message"]
            ),
            (&job.into(), &name.into(), &severity.into(), &message.into())
        );
        assert_eq!(self.subjects().await, [opened.as_str()]);

        let second = self.look(5).await.counters;
        assert_eq!(
            (
                second.alerts_opened,
                second.alerts_still_open,
                second.alerts_resolved,
                second.mails
            ),
            (0, 1, 0, 0),
            "{name}"
        );
        let again = self.alerts().await;
        assert_eq!(again.len(), 1, "{again:?}");
        assert_eq!(
            (&again[0]["id"], &again[0]["opened_at"]),
            (&alert["id"], &alert["opened_at"])
        );
        assert!(again[0]["resolved_at"].is_null());
        assert_eq!(self.subjects().await, [opened.as_str()]);

        cure(self).await;
        let third = self.look(10).await.counters;
        assert_eq!(
            (
                third.alerts_opened,
                third.alerts_still_open,
                third.alerts_resolved,
                third.mails
            ),
            (0, 0, 1, 1),
            "{name}"
        );
        let gone = self.alerts().await;
        assert_eq!(
            (gone.len(), gone[0]["resolved_at"].as_str().map(at)),
            (1, Some(minutes(10)))
        );
        assert_eq!(self.subjects().await, [opened.as_str(), resolved.as_str()]);

        let fourth = self.look(15).await.counters;
        assert_eq!(
            (
                fourth.alerts_opened,
                fourth.alerts_still_open,
                fourth.alerts_resolved,
                fourth.mails
            ),
            (0, 0, 0, 0),
            "{name}"
        );
        assert_eq!(self.alerts().await, gone);
    }
}
