//! The job end to end: the golden cases, what it keeps, its alerts, what it does once a run, and what it promises.

mod alerts;
mod golden_cases;
mod once_a_run;
mod runs;
mod system;

use serde_json::{Value, json};
use shared::{
    report::Report,
    testing::{TestDb, all, conformance::Fixture, counted, execute, insert, invoked, one},
};
use uuid::Uuid;

use super::*;

struct Routes;

impl Fixture for Routes {
    type Job = PerformanceMetrics;

    fn job() -> PerformanceMetrics {
        PerformanceMetrics
    }

    fn as_of() -> DateTime<Utc> {
        "2024-06-26T12:00:00Z".parse().unwrap()
    }

    /// A company whose application has so many routes.
    async fn seed(connection: &mut PgConnection, tenant: Uuid, count: u32) -> Result<()> {
        keep_no_sample(connection).await;
        for n in 1..=count {
            minute(connection, tenant, json!({"route": format!("/{n}")})).await;
        }
        Ok(())
    }

    fn written() -> (&'static str, &'static str) {
        ("productivity.performance_metric", "tenant_id")
    }
}

// A tenant is one subject here, and the suite's other promises are about several subjects of one: `runs` has them for
// several tenants.
shared::conformance!(Routes:
    stands_in_the_registry(env!("CARGO_PKG_NAME"), include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))),
    a_second_run_changes_nothing(),
    pages_of_any_size_give_the_same(),
    two_at_once_do_the_work_once(),
    an_overtaken_run_writes_nothing_more(),
    the_same_event_is_one_run(),
    a_limit_counts_what_the_job_says(),
);

/// No two samples of a database are alike, so where whole states are compared none is kept.
async fn keep_no_sample(connection: &mut PgConnection) {
    execute(
        connection,
        "create or replace function drop_row() returns trigger language plpgsql as 'begin return null; end';
        create or replace trigger drop_sample before insert or update on productivity.system_metric for each row
        when (new.scope = 'database') execute function drop_row()",
    )
    .await;
}

/// A minute of the last hour, with a hundred quick requests and what is given.
async fn minute(connection: &mut PgConnection, tenant: Uuid, given: Value) {
    let mut row = json!({
        "tenant_id": tenant, "minute_at": "2024-06-26T11:00:00Z", "route": "/", "requests": 100, "errors_4xx": 0,
        "errors_5xx": 0, "total_ms": 2000, "max_ms": 25, "buckets": [0, 0, 100, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    });
    row.as_object_mut()
        .unwrap()
        .extend(given.as_object().unwrap().clone());
    insert(connection, "productivity.http_minute_stat", &row).await;
}

/// A message of a company, made when the last hour began, with what is given.
async fn message(connection: &mut PgConnection, tenant: Uuid, key: &str, given: Value) {
    let mut row = json!({
        "tenant_id": tenant, "job": "given", "channel": "email", "target": "ann@example.org", "dedupe_key": key,
        "created_at": "2024-06-26T11:00:00Z",
    });
    row.as_object_mut()
        .unwrap()
        .extend(given.as_object().unwrap().clone());
    insert(connection, "platform.message", &row).await;
}

async fn company() -> (TestDb, PgConnection, Uuid) {
    let db = TestDb::new().await;
    let tenant = db.tenant("productivity", "acme", "UTC").await;
    let connection = db.connect().await;
    (db, connection, tenant)
}

async fn run_at(db: &TestDb, as_of: &str) -> Report {
    db.run(&PerformanceMetrics, &invoked(as_of.parse().unwrap()))
        .await
}

#[tokio::test]
async fn each_hour_has_the_application_its_routes_and_the_mail_and_the_hour_before_is_computed_again() {
    let (db, mut connection, tenant) = company().await;
    minute(&mut connection, tenant, json!({"route": "/a"})).await;
    minute(
        &mut connection,
        tenant,
        json!({"route": "/b", "requests": 50, "minute_at": "2024-06-26T11:59:00Z"}),
    )
    .await;
    // One minute before the two hours, and one after them.
    for near_miss in ["2024-06-26T09:59:00Z", "2024-06-26T12:00:00Z"] {
        minute(&mut connection, tenant, json!({"minute_at": near_miss})).await;
    }
    let report = run_at(&db, "2024-06-26T12:34:56Z").await;
    // Of the system: the jobs and the database in the last hour, and the jobs in the one before.
    assert_eq!(counted(&report), json!({"scopes": 4 + 2, "rowsWritten": 5 + 3}));
    let rows =
        "select scope, to_char(hour_at, 'HH24') as hour, requests, peak_per_minute as peak, computed_at
        from productivity.performance_metric order by hour_at, scope";
    let at = "2024-06-26T12:34:56+00:00";
    let row = |scope: &str, hour: &str, requests: Option<i32>, peak: Option<i32>| json!({"scope": scope, "hour": hour, "requests": requests, "peak": peak, "computed_at": at});
    assert_eq!(
        all(&mut connection, rows).await,
        [
            row("mail", "10", None, None),
            row("http", "11", Some(150), Some(100)),
            row("http:/a", "11", Some(100), Some(100)),
            row("http:/b", "11", Some(50), Some(50)),
            row("mail", "11", None, None),
        ]
    );
    // The next hour finds what came late for the last one, and leaves the rest.
    minute(
        &mut connection,
        tenant,
        json!({"route": "/b", "requests": 7, "minute_at": "2024-06-26T11:58:00Z"}),
    )
    .await;
    let next = run_at(&db, "2024-06-26T13:00:00Z").await;
    // 11: http and http:/b are rewritten; 12: http, http:/, mail, jobs and database are new.
    assert_eq!(
        counted(&next),
        json!({"scopes": 5, "rowsWritten": 2 + 5, "rowsUnchanged": 3})
    );
    let late = "select requests from productivity.performance_metric
        where scope = 'http' and hour_at = '2024-06-26 11:00Z'";
    assert_eq!(one(&mut connection, late).await["requests"], 157);
}

#[tokio::test]
async fn what_is_computed_is_kept_when_its_source_is_cleaned_up() {
    let (db, mut connection, tenant) = company().await;
    minute(&mut connection, tenant, json!({})).await;
    run_at(&db, "2024-06-26T12:00:00Z").await;
    execute(&mut connection, "delete from productivity.http_minute_stat").await;
    run_at(&db, "2024-06-26T12:00:00Z").await;
    let rows = "select count(*) from productivity.performance_metric where scope like 'http%'";
    assert_eq!(one(&mut connection, rows).await["count"], 2);
}

#[tokio::test]
async fn garbage_is_its_companys_error() {
    let (db, mut connection, tenant) = company().await;
    let other = db.tenant("productivity", "other", "UTC").await;
    minute(&mut connection, other, json!({})).await;
    for route in ["/a", "/b"] {
        minute(
            &mut connection,
            tenant,
            json!({"route": route, "requests": i32::MAX}),
        )
        .await;
    }
    let report = run_at(&db, "2024-06-26T12:00:00Z").await;
    assert_eq!((report.totals.processed, report.totals.failed), (1, 1));
    assert_eq!(report.errors[0].subject, "company:acme");
    assert_eq!(
        report.errors[0].message,
        "a number of an hour's requests or milliseconds is too large to be kept"
    );
}

#[tokio::test]
async fn a_backlog_is_what_was_due_at_the_end_of_the_hour() {
    let (db, mut connection, tenant) = company().await;
    let given = [
        (
            "old",
            json!({"status": "pending", "created_at": "2024-06-26T09:00:00Z"}),
        ),
        (
            "at the end",
            json!({"status": "pending", "created_at": "2024-06-26T12:00:00Z"}),
        ),
        (
            "a second later",
            json!({"status": "pending", "created_at": "2024-06-26T12:00:01Z"}),
        ),
        (
            "for tomorrow",
            json!({"status": "pending", "not_before": "2024-06-27T08:00:00Z"}),
        ),
        ("under way", json!({"status": "sending"})),
        ("failed", json!({"status": "failed"})),
        (
            "failed before",
            json!({"status": "failed", "created_at": "2024-06-26T10:59:59Z"}),
        ),
        (
            "failed long ago",
            json!({"status": "failed", "created_at": "2024-06-26T09:59:59Z"}),
        ),
        ("sent", json!({"status": "sent"})),
    ];
    for (key, row) in given {
        message(&mut connection, tenant, key, row).await;
    }
    let stranger = db.tenant("coaching", "stranger", "UTC").await;
    message(
        &mut connection,
        stranger,
        "old",
        json!({"created_at": "2024-06-26T09:00:00Z"}),
    )
    .await;
    run_at(&db, "2024-06-26T12:00:00Z").await;
    let mail = "select jsonb_object_agg(to_char(hour_at, 'HH24'), details) as hours
        from productivity.performance_metric where scope = 'mail'";
    let ten = json!({"pending": 1, "sending": 1, "failed": 1, "oldestPendingSeconds": 7200});
    let eleven = json!({"pending": 2, "sending": 1, "failed": 1, "oldestPendingSeconds": 10_800});
    assert_eq!(
        one(&mut connection, mail).await["hours"],
        json!({"10": ten, "11": eleven})
    );

    execute(
        &mut connection,
        "update platform.message set status = 'failed' where status in ('pending', 'sending')",
    )
    .await;
    run_at(&db, "2024-06-26T13:00:00Z").await;
    let seen = json!({"pending": 2, "sending": 1, "failed": 3, "oldestPendingSeconds": 10_800});
    let twelve = json!({"pending": 0, "sending": 0, "failed": 2, "oldestPendingSeconds": null});
    assert_eq!(
        one(&mut connection, mail).await["hours"],
        json!({"10": ten, "11": seen, "12": twelve}),
        "what was waiting at the end of an hour stays"
    );
}
