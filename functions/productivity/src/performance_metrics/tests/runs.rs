//! What the loop promises, of several companies.

use std::sync::Arc;

use shared::{
    report::{Status, Totals},
    request::Request,
    run::Watch,
    testing::{ran, scheduled},
};
use tokio::sync::Notify;

use super::*;

const COMPANIES: [&str; 3] = ["alpha", "beta", "gamma"];

/// Three companies, each with a slow hour.
pub async fn world() -> TestDb {
    let db = TestDb::new().await;
    let mut connection = db.connect().await;
    keep_no_sample(&mut connection).await;
    for slug in COMPANIES {
        let tenant = db.tenant("productivity", slug, "UTC").await;
        minute(&mut connection, tenant, json!({"total_ms": 99_999})).await;
    }
    db
}

/// What a run leaves: metrics, and alerts.
pub async fn state(db: &TestDb) -> Vec<String> {
    let alerts =
        "select rule, severity, opened_at, last_seen_at, resolved_at from platform.alert order by rule";
    let alerts = all(&mut db.connect().await, alerts).await;
    let mut state = db.state("productivity").await;
    state.extend(alerts.iter().map(Value::to_string));
    state
}

pub fn event() -> Request {
    scheduled("event", Routes::as_of())
}

pub async fn undisturbed() -> (Vec<String>, Report) {
    let db = world().await;
    let report = db.run(&PerformanceMetrics, &event()).await;
    assert_eq!(report.status, Status::Succeeded);
    let expected = json!({"scopes": 3 * 3 + 2, "rowsWritten": 3 * 4 + 3, "alertsOpened": 3});
    assert_eq!(counted(&report), expected);
    (state(&db).await, report)
}

pub async fn assert_resumes(db: &TestDb, attempt: i32, when: &str) {
    let (expected, report) = undisturbed().await;
    let resumed = db.run(&PerformanceMetrics, &event()).await;
    assert_eq!(
        (resumed.status, resumed.attempt),
        (Status::Succeeded, attempt),
        "{when}"
    );
    assert_eq!(
        (resumed.totals, &resumed.counters),
        (report.totals, &report.counters),
        "{when}"
    );
    assert_eq!(state(db).await, expected, "{when}");
}

/// Lets a run die after so many companies.
struct DieAfter {
    companies: u32,
    reached: Arc<Notify>,
}

impl Watch for DieAfter {
    async fn page(&mut self, _so_far: Totals) {
        self.companies -= 1;
        if self.companies == 0 {
            self.reached.notify_one();
            std::future::pending::<()>().await;
        }
    }
}

#[tokio::test]
async fn a_crash_behind_any_company_resumes_to_the_same_state() {
    for companies in 1..=3 {
        let db = world().await;
        let reached = Arc::new(Notify::new());
        let mut watch = DieAfter {
            companies,
            reached: reached.clone(),
        };
        let (runner, request) = (db.runner(500), event());
        tokio::select! {
            answer = runner.run(&PerformanceMetrics, &request, None, &mut watch) => panic!("{answer:?}"),
            () = reached.notified() => {}
        }
        // Waits until the server has noticed.
        let lock = PerformanceMetrics::LOCK_ID;
        let free = format!("select pg_advisory_lock({lock}), pg_advisory_unlock({lock})");
        execute(&mut db.connect().await, &free).await;
        assert_resumes(&db, 2, &format!("after {companies} companies")).await;
    }
}

/// Lets a run's whole time pass behind its last company.
struct Midnight(u32);

impl Watch for Midnight {
    async fn page(&mut self, _so_far: Totals) {
        self.0 -= 1;
        if self.0 == 0 {
            tokio::time::pause();
            tokio::time::advance(std::time::Duration::from_secs(86_400)).await;
            tokio::time::resume();
        }
    }
}

#[tokio::test]
async fn the_deadline_stops_between_companies_and_before_what_is_due_once() {
    for companies in [1, 3] {
        let db = world().await;
        let stopped = db
            .runner(500)
            .run(&PerformanceMetrics, &event(), None, &mut Midnight(companies))
            .await;
        let stopped = ran(stopped.unwrap());
        assert_eq!(
            (stopped.status, stopped.totals.total),
            (Status::Incomplete, companies.into())
        );
        assert_resumes(&db, 2, &format!("after {companies} companies")).await;
    }
}

#[tokio::test]
async fn a_dry_run_writes_nothing_and_counts_the_same() {
    let (_, report) = undisturbed().await;
    let db = world().await;
    let before = state(&db).await;
    let request = Request {
        dry_run: true,
        ..event()
    };
    let dry = db.run(&PerformanceMetrics, &request).await;
    assert_eq!(
        (dry.status, dry.totals, &dry.counters),
        (report.status, report.totals, &report.counters)
    );
    assert_eq!(state(&db).await, before);
    let marks = "select count(*) from platform.job_run where once_counters is not null";
    assert_eq!(one(&mut db.connect().await, marks).await["count"], 0);
    let [alpha, ..] = &dry.changes[..] else {
        panic!("{:?}", dry.changes)
    };
    assert_eq!((dry.changes.len(), alpha.subject.as_str()), (3, "company:alpha"));
    assert_eq!(alpha.before, json!({"http": null, "mail": null}));
    let http = json!({"requests": 100, "errorRate": "0.0000", "meanMs": 1000, "p95Ms": 24});
    assert_eq!(alpha.after["http"], http);
    // Where everything is so already there is nothing to show.
    db.run(&PerformanceMetrics, &scheduled("real", Routes::as_of()))
        .await;
    let request = Request {
        dry_run: true,
        ..invoked(Routes::as_of())
    };
    assert_eq!(db.run(&PerformanceMetrics, &request).await.changes, []);
}

#[tokio::test]
async fn a_company_that_the_database_refuses_harms_only_itself() {
    let (expected, _) = undisturbed().await;
    let db = world().await;
    let beta = shared::testing::tenant_id("beta");
    execute(
        &mut db.connect().await,
        &format!(
            "create function refuse() returns trigger language plpgsql as 'begin raise exception ''no''; end';
            create trigger refuse before insert on productivity.performance_metric for each row
            when (new.tenant_id = '{beta}') execute function refuse()"
        ),
    )
    .await;
    let report = db.run(&PerformanceMetrics, &event()).await;
    assert_eq!(
        (report.status, report.totals.failed, report.totals.processed),
        (Status::Partial, 1, 2)
    );
    assert_eq!(report.errors[0].subject, "company:beta");
    let is_beta = |row: &&String| row.contains("beta") || row.contains(&beta.to_string());
    let others = |rows: &[String]| {
        rows.iter()
            .filter(|row| !is_beta(row))
            .cloned()
            .collect::<Vec<_>>()
    };
    let state = state(&db).await;
    assert_eq!(others(&state), others(&expected));
    assert_eq!(state.iter().filter(is_beta).count(), 1, "the minute alone");
}
