//! What the tests of the Lambda protocol share: two gyms, the functions as deployed, and a gate at which a page
//! can be stopped. The shops stand in [`crate::shops`].

use std::{fmt::Display, path::PathBuf, time::Duration};

use demo::runtime_api::{Function, Invocation};
use serde_json::{Value, json};
use shared::testing::{TestDb, execute, subject_id};
use sqlx::{AssertSqlSafe, ConnectOptions, PgConnection};
use uuid::Uuid;

use crate::log::checked;

/// The gym's jobs and their locks, in the order of their night.
pub const JOBS: [(&str, i64); 3] = [
    ("commitment-scores", 482_201),
    ("at-risk-detection", 482_202),
    ("coach-actions", 482_203),
];
/// The gyms in the order of jobs; both have [`MEMBERS`].
pub const GYMS: [&str; 2] = ["alpha", "beta"];
pub const MEMBERS: u32 = 5;
pub const AS_OF: &str = "2026-02-03T04:00:00Z";
/// Where the offers of every function lead.
pub const FRONTEND_URL: &str = "https://app.example.org";

/// The lock that [`Gate`] and its trigger take, and who waits for it.
const GATE: i64 = 7;
const WAITING: &str = "select pid from pg_locks join pg_database on pg_database.oid = pg_locks.database
    where datname = current_database() and locktype = 'advisory' and objid = 7 and not granted";

/// A database with two gyms whose members all come less and less, each with something to do for every job.
pub struct Stage {
    pub db: TestDb,
    /// `DATABASE_URL` for whoever is started, with a password that must not show.
    pub url: String,
}

impl Stage {
    pub async fn new() -> Self {
        let stage = Self::empty().await;
        for slug in GYMS {
            stage.gym(slug, MEMBERS).await;
        }
        stage
    }

    /// A migrated database without a gym.
    pub async fn empty() -> Self {
        let db = TestDb::new().await;
        let url = db.options().password("correct-horse").to_url_lossy().to_string();
        Self { db, url }
    }

    /// Makes a tenant with a name that must not show.
    pub async fn tenant(&self, product: &str, slug: &str, time_zone: &str) -> Uuid {
        let id = self.db.tenant(product, slug, time_zone).await;
        let private = format!("update platform.tenant set name = 'Quetzalcoatl Fitness' where id = '{id}'");
        execute(&mut self.db.connect().await, &private).await;
        id
    }

    /// Makes a gym with so many members; the n-th was last there 20·n days ago.
    pub async fn gym(&self, slug: &str, members: u32) -> Uuid {
        let gym = self.tenant("coaching", slug, "Europe/Berlin").await;
        let coach = subject_id(gym, 1_000);
        let mut admin = self.db.connect().await;
        let private = format!(
            "insert into coaching.coach (id, tenant_id, first_name, email)
             values ('{coach}', '{gym}', 'Xanthippe', 'xanthippe@leak.example')"
        );
        execute(&mut admin, &private).await;
        for n in 1..=members {
            let (member, last_visit) = (subject_id(gym, n), 20 * n);
            for statement in [
                format!(
                    "insert into coaching.member (id, tenant_id, first_name, last_name, email, joined_date)
                     values ('{member}', '{gym}', 'Zebulon', 'Quagmire', 'zebulon@leak.example', '2025-01-01')"
                ),
                format!(
                    "insert into coaching.member_activity (id, tenant_id, member_id, activity_date, activity_type)
                     select '{}', '{gym}', '{member}', date '2026-02-03' - {last_visit}, 'visit'",
                    subject_id(gym, 2_000 + n)
                ),
                format!(
                    "insert into coaching.member_coach (id, tenant_id, member_id, coach_id, assigned_at)
                     values ('{}', '{gym}', '{member}', '{coach}', '2025-01-01')",
                    subject_id(gym, 3_000 + n)
                ),
            ] {
                execute(&mut admin, &statement).await;
            }
        }
        gym
    }

    /// Deploys a job with pages of two subjects.
    pub fn function(&self, job: &str) -> Function {
        Function::new(binary(job), job)
            .env("DATABASE_URL", &self.url)
            .env("BATCH_SIZE", "2")
            .env("FRONTEND_URL", FRONTEND_URL)
            .env("CLEANUP_INTERVAL_DAYS", "180")
            .env("ANALYTICS_RETENTION_DAYS", "365")
            .timeout(Duration::from_secs(60))
    }

    /// Deploys a job and invokes it once.
    pub async fn invoke(&self, job: &str, event: &Value) -> Invocation {
        checked(job, self.function(job).invoke(event).await.unwrap())
    }

    /// Runs the gym's jobs that come before this one in the night.
    pub async fn until(&self, job: &str) {
        for (earlier, _) in JOBS.into_iter().take_while(|(name, _)| *name != job) {
            self.invoke(earlier, &rule(earlier)).await.answer().unwrap();
        }
    }

    /// What the jobs have left behind.
    pub async fn state(&self) -> Vec<String> {
        self.db.state("coaching").await
    }

    /// A number from the database.
    pub async fn count(&self, query: &str) -> i64 {
        sqlx::query_scalar(AssertSqlSafe(query))
            .fetch_one(&mut self.db.connect().await)
            .await
            .unwrap()
    }

    /// Texts from the database.
    pub async fn texts(&self, query: &str) -> Vec<String> {
        sqlx::query_scalar(AssertSqlSafe(query))
            .fetch_all(&mut self.db.connect().await)
            .await
            .unwrap()
    }

    /// Waits, inside the server, until a condition holds there; some ten seconds at most.
    pub async fn wait_until(&self, condition: &str) {
        let wait = format!(
            "do $$ begin
                 for turn in 1..1000 loop
                     if ({condition}) then return; end if;
                     perform pg_sleep(0.01);
                 end loop;
                 raise exception 'it never came true';
             end $$"
        );
        execute(&mut self.db.connect().await, &wait).await;
    }

    /// Waits until the server has noticed that the owner of a job's lock is gone, as Lambda's pause before it
    /// tries again gives it time to.
    pub async fn wait_until_unlocked(&self, lock: i64) {
        execute(
            &mut self.db.connect().await,
            &format!("select pg_advisory_lock({lock}), pg_advisory_unlock({lock})"),
        )
        .await;
    }
}

/// Stops every page that is about to write for one subject, until it is opened.
pub struct Gate {
    connection: PgConnection,
}

impl Gate {
    /// Closes the gate before a subject's row in [`written`] of this job.
    pub async fn before(stage: &Stage, job: &str, subject: Uuid) -> Self {
        Self::on(stage, written(job), subject).await
    }

    /// Closes the gate before the rows of a table that have a subject's id, or another word, in this column.
    pub async fn on(stage: &Stage, (table, column): (&str, &str), subject: impl Display) -> Self {
        let mut connection = stage.db.connect().await;
        for statement in [
            format!(
                "create function wait_at_the_gate() returns trigger language plpgsql as
                 'begin perform pg_advisory_xact_lock({GATE}); return new; end'"
            ),
            format!(
                "create trigger gate before insert or update on {table} for each row
                 when (new.{column} = '{subject}') execute function wait_at_the_gate()"
            ),
            format!("select pg_advisory_lock({GATE})"),
        ] {
            execute(&mut connection, &statement).await;
        }
        Self { connection }
    }

    /// Waits until somebody stands before the gate.
    pub async fn reached(&self, stage: &Stage) {
        stage.wait_until(&format!("exists ({WAITING})")).await;
    }

    /// Waits until somebody stands before the gate, and cuts that one's connection to the database.
    pub async fn cut(&self, stage: &Stage) {
        self.reached(stage).await;
        let cut = format!("select pg_terminate_backend(pid, 10000) from ({WAITING}) waiting");
        execute(&mut stage.db.connect().await, &cut).await;
    }

    pub async fn open(mut self) {
        execute(
            &mut self.connection,
            &format!("select pg_advisory_unlock({GATE})"),
        )
        .await;
    }
}

/// The table that a job writes a row of for each subject, and its column with the subject's id.
pub fn written(job: &str) -> (&'static str, &'static str) {
    match job {
        "commitment-scores" | "at-risk-detection" => ("coaching.member", "id"),
        "coach-actions" => ("coaching.coach_action", "member_id"),
        "resolve-outcomes" => ("booking.appointment", "id"),
        "expire-offers" => ("booking.slot_offer", "slot_opening_id"),
        "recompute-scores" => ("booking.customer_score", "customer_id"),
        "update-account-types" => ("sales.customer", "id"),
        "sample-metrics" => ("sales.sample_usage", "id"),
        "calculate-burn-rates" => ("sales.sku_demand", "sku_id"),
        "process-triggers" => ("sales.trigger_execution", "customer_id"),
        "behavior-metrics" => ("training.behavior_metric", "user_id"),
        "weekly-report" => ("training.weekly_report", "user_id"),
        "goal-deadlines" => ("productivity.goal_reminder_mark", "user_id"),
        "daily-check" | "inactive-users" => ("productivity.contact_log", "user_id"),
        "weekly-review" => ("productivity.user_weekly_review", "user_id"),
        "break-reminders" => ("platform.notification", "recipient_id"),
        "monthly-report" => ("productivity.user_monthly_report", "user_id"),
        "daily-analytics" => ("productivity.user_daily_focus", "user_id"),
        "weekly-aggregation" => ("productivity.weekly_metric", "tenant_id"),
        "monthly-insights" => ("productivity.user_segment", "user_id"),
        "user-behavior" => ("productivity.user_behavior_profile", "user_id"),
        "performance-metrics" => ("productivity.performance_metric", "tenant_id"),
        "data-cleanup" => ("productivity.timer_session_archive", "id"),
        _ => panic!("no test knows what {job} writes"),
    }
}

/// When a job runs: at an hour at which it has something to do.
pub fn as_of(job: &str) -> &'static str {
    match job {
        "goal-deadlines" | "monthly-report" => "2026-02-01T09:30:00Z",
        "daily-check" => "2026-02-01T18:30:00Z",
        "weekly-review" => "2026-02-01T19:30:00Z",
        "inactive-users" => "2026-02-03T10:30:00Z",
        "break-reminders" => "2026-02-03T11:00:00Z",
        "daily-analytics" => "2026-02-03T01:00:00Z",
        "weekly-aggregation" => "2026-02-01T02:00:00Z",
        "monthly-insights" => "2026-02-01T03:00:00Z",
        "user-behavior" => "2026-02-03T06:00:00Z",
        _ => AS_OF,
    }
}

/// A rule's event for a job, always with the same id.
pub fn rule(job: &str) -> Value {
    rule_with_id(job, &format!("event-of-{job}"))
}

pub fn rule_with_id(job: &str, id: &str) -> Value {
    json!({
        "version": "0",
        "id": id,
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "123456789012",
        "time": as_of(job),
        "region": "eu-central-1",
        "resources": [format!("arn:aws:events:eu-central-1:123456789012:rule/{job}")],
        "detail": {},
    })
}

/// The binary of a function, which cargo puts beside the tests.
pub fn binary(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    // target/<profile>/deps/<test>
    let binary = test.ancestors().nth(2).unwrap().join(name);
    assert!(
        binary.exists(),
        "{} is missing: cargo builds no other crate's binary for a test. Run `cargo xtask test`, or first \
         `cargo build --workspace --bins` in the same profile.",
        binary.display()
    );
    binary
}

/// The answer to a request that no run comes of.
pub fn skipped(job: &str, reason: &str) -> Value {
    json!({"job": job, "status": "skipped", "skipped": true, "reason": reason})
}
