//! What is done once a run: the jobs, the database, and their alerts.

use chrono::TimeDelta;
use sqlx::{Connection, Executor};

use super::*;

/// A run that ended in the last hour, with what is given.
async fn run(connection: &mut PgConnection, given: Value) {
    let mut row = json!({
        "job": "weekly-report", "trigger": "schedule", "as_of": "2024-06-26T11:00:00Z", "status": "succeeded",
        "started_at": "2024-06-26T11:00:00Z", "finished_at": "2024-06-26T11:00:01Z", "duration_ms": 1000,
    });
    row.as_object_mut()
        .unwrap()
        .extend(given.as_object().unwrap().clone());
    insert(connection, "platform.job_run", &row).await;
}

async fn measured(connection: &mut PgConnection) -> Value {
    let rows = "select jsonb_object_agg(to_char(hour_at, 'HH24 ') || scope, values) as hours
        from productivity.system_metric where scope <> 'database'";
    one(connection, rows).await["hours"].take()
}

const NO_RUNS: &str = r#"{"runs": 0, "failed": 0, "p95DurationMs": null, "p95LatenessSeconds": null}"#;

#[tokio::test]
async fn runs_are_measured_in_the_hour_in_which_they_ended() {
    let db = TestDb::new().await;
    let mut connection = db.connect().await;
    for n in 1..=20_i64 {
        let began = Routes::as_of() - TimeDelta::hours(1) + TimeDelta::milliseconds(n * 1000 + 999);
        run(&mut connection, json!({"duration_ms": n, "started_at": began})).await;
    }
    let others = [
        json!({"job": "daily-check", "status": "failed", "trigger": "invoke", "started_at": "2024-06-26T11:50:00Z"}),
        json!({"job": "daily-check", "status": "incomplete", "duration_ms": null, "finished_at": "2024-06-26T11:59:59.999Z"}),
        json!({"job": "daily-check", "status": "partial", "finished_at": "2024-06-26T10:00:00Z"}),
        json!({"job": "daily-check", "status": "failed", "finished_at": "2024-06-26T12:00:00Z"}),
        json!({"job": "daily-check", "status": "failed", "finished_at": "2024-06-26T09:59:59.999Z"}),
        json!({"job": "daily-check", "status": "running", "finished_at": null}),
    ];
    for other in others {
        run(&mut connection, other).await;
    }
    let report = run_at(&db, "2024-06-26T12:00:00Z").await;
    assert_eq!(
        (report.totals.total, counted(&report)),
        (0, json!({"scopes": 4, "rowsWritten": 6}))
    );
    let of_a_job = |runs: i32, failed: i32, duration: i32, lateness: i32| json!({"runs": runs, "failed": failed, "p95DurationMs": duration, "p95LatenessSeconds": lateness});
    let expected = json!({
        "10 jobs": of_a_job(1, 0, 1000, 0),
        "10 job:daily-check": of_a_job(1, 0, 1000, 0),
        // Of 21 durations the 20th: 1 to 20, and 1000. Of 21 latenesses the 20th: 0, and 1 to 20.
        "11 jobs": of_a_job(22, 2, 20, 19),
        "11 job:weekly-report": of_a_job(20, 0, 19, 19),
        "11 job:daily-check": of_a_job(2, 2, 1000, 0),
    });
    assert_eq!(measured(&mut connection).await, expected);
    let again = run_at(&db, "2024-06-26T12:00:00Z").await;
    let only_the_sample = json!({"scopes": 4, "rowsWritten": 1, "rowsUnchanged": 5});
    assert_eq!(counted(&again), only_the_sample);
}

#[tokio::test]
async fn scheduled_runs_that_begin_late_open_an_alert() {
    let db = TestDb::new().await;
    let mut connection = db.connect().await;
    run(&mut connection, json!({"started_at": "2024-06-26T11:10:00.999Z"})).await;
    run(
        &mut connection,
        json!({"started_at": "2024-06-26T11:50:00Z", "trigger": "cli"}),
    )
    .await;
    assert_eq!(
        run_at(&db, "2024-06-26T12:00:00Z").await.counters["alertsOpened"],
        0,
        "600 s"
    );
    run(&mut connection, json!({"started_at": "2024-06-26T11:10:01Z"})).await;
    assert_eq!(
        run_at(&db, "2024-06-26T12:00:00Z").await.counters["alertsOpened"],
        1,
        "601 s"
    );
    let alert = "select job, rule, severity, message from platform.alert";
    let expected = json!({
        "job": "performance-metrics", "rule": "job-lateness:system", "severity": "warning",
        "message": "95 of 100 scheduled runs began up to 601 s late, more than 600 s",
    });
    assert_eq!(one(&mut connection, alert).await, expected);
    execute(&mut connection, "delete from platform.job_run").await;
    let unknown = run_at(&db, "2024-06-26T13:00:00Z").await;
    assert_eq!(counted(&unknown)["alertsClosed"], Value::Null);
    assert_eq!(
        run_at(&db, "2024-06-27T13:00:00Z").await.counters["alertsClosed"],
        1
    );
}

/// What a role sees of the database, in a transaction that nobody else sees.
async fn sample(db: &TestDb, become_role: &str) -> Value {
    let mut connection = db.connect().await;
    let mut tx = connection.begin().await.unwrap();
    tx.execute(sqlx::AssertSqlSafe(become_role)).await.unwrap();
    let counters = PerformanceMetrics
        .once_a_run(&mut tx, Routes::as_of())
        .await
        .unwrap();
    assert_eq!(counters.scopes, 2);
    let row = "select values, hour_at from productivity.system_metric where scope = 'database'";
    let mut row = one(&mut tx, row).await;
    tx.rollback().await.unwrap();
    assert_eq!(row["hour_at"], "2024-06-26T11:00:00+00:00");
    row["values"].take()
}

const NUMBERS: [&str; 7] = [
    "connections",
    "maxConnections",
    "longestTransactionSeconds",
    "cacheHitRatio",
    "deadTuples",
    "databaseBytes",
    "deadlocks",
];

fn hidden(sample: &Value) -> Vec<&'static str> {
    assert_eq!(sample.as_object().unwrap().len(), NUMBERS.len());
    NUMBERS
        .into_iter()
        .filter(|number| sample[*number].is_null())
        .collect()
}

#[tokio::test]
async fn the_database_is_sampled_as_far_as_the_role_may_see() {
    let db = TestDb::new().await;
    let all_stats = sample(&db, "set local role nightshift_job").await;
    assert_eq!(hidden(&all_stats), Vec::<&str>::new());
    assert!(all_stats["connections"].as_i64() >= Some(1));
    assert!(all_stats["connections"].as_i64() <= all_stats["maxConnections"].as_i64());
    assert!(all_stats["databaseBytes"].as_i64() > Some(1_000_000));
    assert!((0.0..=1.0).contains(&all_stats["cacheHitRatio"].as_f64().unwrap()));

    // A role with the same rights but for the statistics of others, and then without the right to connect.
    let name = format!("stranger_{}", Uuid::new_v4().simple());
    let stranger = format!(
        "create role {name};
        grant usage on schema platform, productivity to {name};
        grant select, insert, update on productivity.system_metric, platform.alert, platform.job_run, platform.tenant to {name};
        set local role {name}"
    );
    assert_eq!(
        hidden(&sample(&db, &stranger).await),
        ["longestTransactionSeconds"]
    );
    let shut_out = format!(
        "do $$ begin execute format('revoke connect on database %I from public', current_database()); end $$;
        {stranger}"
    );
    assert_eq!(
        hidden(&sample(&db, &shut_out).await),
        ["longestTransactionSeconds", "databaseBytes"]
    );
}

#[tokio::test]
async fn the_oldest_transaction_is_anybodys_in_this_database() {
    let db = TestDb::new().await;
    let mut other = db.connect().await;
    let mut open = other.begin().await.unwrap();
    let began = "select extract(epoch from xact_start)::float8 as began from pg_stat_activity where pid = pg_backend_pid()";
    let began = one(&mut open, began).await["began"].as_f64().unwrap();
    // Until the other transaction is a whole second old, which the server's clock says without a rest.
    let mut connection = db.connect().await;
    execute(
        &mut connection,
        &format!("do $$ begin while clock_timestamp() < to_timestamp({began} + 1.01) loop perform 1; end loop; end $$"),
    )
    .await;
    let sampled = sample(&db, "set local role nightshift_job").await;
    assert!(
        sampled["longestTransactionSeconds"].as_i64() >= Some(1),
        "{sampled}"
    );
}

#[tokio::test]
async fn each_run_samples_the_database_anew() {
    let db = TestDb::new().await;
    let mut connection = db.connect().await;
    let xmin = "select xmin::text, computed_at from productivity.system_metric where scope = 'database'";
    run_at(&db, "2024-06-26T12:00:00Z").await;
    let first = one(&mut connection, xmin).await;
    run_at(&db, "2024-06-26T12:30:00Z").await;
    let second = one(&mut connection, xmin).await;
    assert_ne!(first["xmin"], second["xmin"]);
    assert_eq!(second["computed_at"], "2024-06-26T12:30:00+00:00");
    let jobs: Value = serde_json::from_str(NO_RUNS).unwrap();
    assert_eq!(
        measured(&mut connection).await,
        json!({"10 jobs": jobs, "11 jobs": jobs})
    );
}
