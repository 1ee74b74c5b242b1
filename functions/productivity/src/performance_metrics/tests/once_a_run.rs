//! The work that is due once a run: when it is done, and what becomes of it when something goes wrong.

use shared::{
    report::{Status, Totals},
    request::Request,
    testing::scheduled,
};

use super::{
    runs::{assert_resumes, event, state, undisturbed, world},
    *,
};

#[tokio::test]
async fn what_is_done_once_a_run_is_not_done_again_when_the_run_is_resumed() {
    let db = world().await;
    let mut connection = db.connect().await;
    let first = db.run(&PerformanceMetrics, &event()).await;
    // As if it had died before it could say that it is done; and a witness of what is done again.
    execute(
        &mut connection,
        "update platform.job_run set status = 'failed', report = null; delete from productivity.system_metric",
    )
    .await;
    let resumed = db.run(&PerformanceMetrics, &event()).await;
    assert_eq!((resumed.status, resumed.attempt), (Status::Succeeded, 2));
    assert_eq!(
        (resumed.totals, &resumed.counters),
        (first.totals, &first.counters)
    );
    let rows = "select count(*) from productivity.system_metric";
    assert_eq!(one(&mut connection, rows).await["count"], 0);
}

/// Has each write of what is due once a run fail by this statement.
async fn refuse_system(connection: &mut PgConnection, raise: &str) {
    let function = format!(
        "create or replace function refuse() returns trigger language plpgsql as $$ begin {raise}; return new; end $$;
        create or replace trigger refuse before insert on productivity.system_metric for each row execute function refuse()"
    );
    execute(connection, &function).await;
}

#[tokio::test]
async fn what_fails_once_a_run_costs_no_company_anything_and_is_made_up_for() {
    let db = world().await;
    let mut connection = db.connect().await;
    refuse_system(&mut connection, "raise exception 'no'").await;
    let failed = db.run(&PerformanceMetrics, &event()).await;
    assert_eq!(
        (failed.status, failed.totals.processed, failed.tenants.processed),
        (Status::Failed, 3, 3)
    );
    let why = failed.error.unwrap();
    assert!(
        why.starts_with("measure the system: raised by PL/pgSQL function"),
        "{why}"
    );
    let rows = "select count(*) from productivity.performance_metric";
    assert_eq!(one(&mut connection, rows).await["count"], 12);
    execute(
        &mut connection,
        "drop trigger refuse on productivity.system_metric; drop function refuse()",
    )
    .await;
    assert_resumes(&db, 2, "after a failure").await;
}

#[tokio::test]
async fn what_the_database_could_not_do_once_a_run_is_tried_once_more() {
    let db = world().await;
    let mut connection = db.connect().await;
    execute(
        &mut connection,
        "create sequence attempts; grant usage on sequence attempts to nightshift_job",
    )
    .await;
    let once = "if nextval('public.attempts') = 1 then raise exception 'no' using errcode = '40001'; end if";
    refuse_system(&mut connection, once).await;
    assert_resumes(&db, 1, "at the second try").await;
    refuse_system(&mut connection, "raise exception 'no' using errcode = '40001'").await;
    let request = scheduled("another", Routes::as_of() + chrono::TimeDelta::hours(1));
    let failed = db.run(&PerformanceMetrics, &request).await;
    assert_eq!(failed.status, Status::Failed);
    assert_eq!(
        failed.error.unwrap(),
        "measure the system: the transaction met another one (SQLSTATE 40001)"
    );
}

#[tokio::test]
async fn a_run_of_one_company_does_nothing_of_what_is_due_once_a_run() {
    let (expected, _) = undisturbed().await;
    let db = world().await;
    let request = Request {
        tenant: Some("beta".into()),
        ..event()
    };
    let report = db.run(&PerformanceMetrics, &request).await;
    assert_eq!(
        counted(&report),
        json!({"scopes": 3, "rowsWritten": 4, "alertsOpened": 1})
    );
    let id = shared::testing::tenant_id("beta").to_string();
    let of_beta = |row: &&String| row.contains("beta") || row.contains(&id);
    let minutes = |row: &&String| row.starts_with("http_minute_stat");
    let expected: Vec<_> = expected
        .iter()
        .filter(|row| of_beta(row) || minutes(row))
        .collect();
    assert_eq!(state(&db).await.iter().collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn what_is_due_once_a_run_is_done_without_any_company() {
    let db = TestDb::new().await;
    let report = db.run(&PerformanceMetrics, &event()).await;
    assert_eq!(
        (report.status, report.totals, report.tenants.total),
        (Status::Succeeded, Totals::default(), 0)
    );
    assert_eq!(counted(&report), json!({"scopes": 2, "rowsWritten": 3}));
    let rows = "select array_agg(scope order by hour_at, scope) as scopes from productivity.system_metric";
    assert_eq!(
        one(&mut db.connect().await, rows).await["scopes"],
        json!(["jobs", "database", "jobs"])
    );
}
