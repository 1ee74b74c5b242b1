//! What goes wrong around a run: the database away for a moment or for good, and records that it refuses.
//!
//! In one file because the rows of docs/failure-modes.md are looked for here; each test stands alone.

use std::sync::Arc;

use anyhow::Result;
use chrono::{DateTime, Utc};
use coaching::at_risk_detection::AtRiskDetection;
use shared::{
    report::{Status, Totals},
    run::{Runner, Watch},
    testing::{TestDb, execute, ran, scheduled},
};
use sqlx::{Connection, PgConnection};

fn as_of() -> DateTime<Utc> {
    "2026-01-29T03:00:00Z".parse().unwrap()
}

/// A gym with members of whom each gets a result.
async fn gym(members: i32) -> TestDb {
    let db = TestDb::new().await;
    let tenant = db.tenant("coaching", "gym", "UTC").await;
    let insert = "insert into coaching.member (id, tenant_id, joined_date) \
                  select ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, $1, date '2025-06-01' + n % 100 \
                  from generate_series(1, $2) n";
    sqlx::query(insert)
        .bind(tenant)
        .bind(members)
        .execute(&mut db.connect().await)
        .await
        .unwrap();
    db
}

async fn scored(db: &TestDb) -> i64 {
    let count = "select count(*) from coaching.member where churn_risk_score is not null";
    sqlx::query_scalar(count)
        .fetch_one(&mut db.connect().await)
        .await
        .unwrap()
}

/// Ends the run's working sessions after its first page; its lock lives on.
struct Cut<'a> {
    db: &'a TestDb,
    /// Whether the database takes no connection any more, either.
    shut: bool,
    done: bool,
}

impl Watch for Cut<'_> {
    async fn page(&mut self, _so_far: Totals) {
        if std::mem::replace(&mut self.done, true) {
            return;
        }
        let mut admin = self.db.connect().await;
        let name: String = sqlx::query_scalar("select current_database()::text")
            .fetch_one(&mut admin)
            .await
            .unwrap();
        if self.shut {
            // From another database: this one takes no connection afterwards, not even the test's own.
            let options = self.db.options().database("postgres");
            let mut admin = PgConnection::connect_with(&options).await.unwrap();
            execute(
                &mut admin,
                &format!("alter database {name} allow_connections false"),
            )
            .await;
        }
        let cut = "select count(pg_terminate_backend(pid, 5000)) from pg_stat_activity \
                   where datname = $1 and application_name = 'nightshift test' \
                   and pid not in (select pid from pg_locks where locktype = 'advisory')";
        let cut: i64 = sqlx::query_scalar(cut)
            .bind(&name)
            .fetch_one(&mut admin)
            .await
            .unwrap();
        assert_eq!(cut, 1, "the run works on one connection beside its lock's");
    }
}

async fn run_with(db: &TestDb, watch: &mut impl Watch) -> Result<shared::report::Answer> {
    db.runner(2)
        .run(&AtRiskDetection, &scheduled("event", as_of()), None, watch)
        .await
}

#[tokio::test]
async fn a_connection_lost_between_two_pages_costs_one_retry_and_nothing_else() {
    let db = gym(5).await;
    let report = ran(run_with(
        &db,
        &mut Cut {
            db: &db,
            shut: false,
            done: false,
        },
    )
    .await
    .unwrap());
    assert_eq!((report.status, report.attempt), (Status::Succeeded, 1));
    assert_eq!(
        report.totals,
        Totals {
            total: 5,
            processed: 5,
            failed: 0
        }
    );
    assert_eq!(report.counters["updated"], 5, "no page was done twice");
    assert_eq!(scored(&db).await, 5);
}

#[tokio::test]
async fn a_database_gone_for_good_fails_the_run_clearly_and_the_next_attempt_loses_nothing() {
    let db = gym(5).await;
    let error = run_with(
        &db,
        &mut Cut {
            db: &db,
            shut: true,
            done: false,
        },
    )
    .await
    .unwrap_err();
    let said = shared::fault::describe(&error);
    assert!(said.contains("connect to the database"), "{said}");

    let mut admin = PgConnection::connect_with(&db.options().database("postgres"))
        .await
        .unwrap();
    let name = db.options().get_database().unwrap().to_owned();
    execute(
        &mut admin,
        &format!("alter database {name} allow_connections true"),
    )
    .await;
    assert_eq!(scored(&db).await, 2, "the first page is kept");
    let report = ran(run_with(&db, &mut ()).await.unwrap());
    assert_eq!(
        (report.status, report.attempt, report.resumed),
        (Status::Succeeded, 2, true)
    );
    assert_eq!((report.totals.total, scored(&db).await), (5, 5));
    assert_eq!(report.counters["updated"], 5, "both attempts are counted");
}

#[tokio::test]
async fn one_refused_member_of_ten_thousand_is_reported_and_the_others_are_written() {
    let db = gym(10_000).await;
    let guilty = "00000000-0000-4000-8000-000000004711";
    let mut admin = db.connect().await;
    let refuse = "create function refuse() returns trigger language plpgsql as \
                  'begin raise exception ''Ana Smith (ana@example.com) is refused''; end'";
    execute(&mut admin, refuse).await;
    let trigger = format!(
        "create trigger refuse before update on coaching.member for each row when (new.id = '{guilty}') \
         execute function refuse()"
    );
    execute(&mut admin, &trigger).await;
    let report = db.run(&AtRiskDetection, &scheduled("event", as_of())).await;
    assert_eq!(report.status, Status::Partial);
    assert_eq!(
        report.totals,
        Totals {
            total: 10_000,
            processed: 9_999,
            failed: 1
        }
    );
    assert_eq!(report.errors.len(), 1);
    assert_eq!(report.errors[0].subject, format!("member:{guilty}"));
    assert_eq!(
        report.errors[0].message, "write refused: raised by PL/pgSQL function refuse() line 1 at RAISE",
        "what it said may name a person"
    );
    assert_eq!(scored(&db).await, 9_999);
    let kept: i64 = sqlx::query_scalar("select count(*) from platform.job_run_error")
        .fetch_one(&mut admin)
        .await
        .unwrap();
    assert_eq!(kept, 1);
}

#[tokio::test]
async fn a_run_in_which_every_subject_is_refused_has_failed_and_is_tried_again_from_the_start() {
    let db = gym(3).await;
    let mut admin = db.connect().await;
    execute(
        &mut admin,
        "alter table coaching.member add constraint refused check (churn_risk_score is null)",
    )
    .await;
    let event = scheduled("event", as_of());
    let failed = db.run(&AtRiskDetection, &event).await;
    assert_eq!(
        (failed.status, failed.error.as_deref()),
        (Status::Failed, Some("every subject failed"))
    );
    assert_eq!(failed.errors.len(), 3);
    assert_eq!(
        failed.errors[0].message,
        "write refused: violates check constraint refused"
    );
    execute(&mut admin, "alter table coaching.member drop constraint refused").await;
    let again = db.run(&AtRiskDetection, &event).await;
    assert_eq!((again.status, again.attempt), (Status::Succeeded, 2));
    assert_eq!(
        again.totals,
        Totals {
            total: 3,
            processed: 3,
            failed: 0
        }
    );
    assert_eq!(again.errors, []);
}

#[tokio::test]
async fn a_key_belongs_to_what_its_unfinished_run_was_asked_for() {
    let db = gym(3).await;
    let event = scheduled("event", as_of());
    let runner = db.runner(500);
    let no_time = Some(tokio::time::Instant::now());
    let unfinished = runner.run(&AtRiskDetection, &event, no_time, &mut ()).await;
    assert_eq!(ran(unfinished.unwrap()).status, Status::Incomplete);
    let dry = shared::request::Request {
        dry_run: true,
        ..event.clone()
    };
    let scoped = shared::request::Request {
        tenant: Some("gym".into()),
        ..event.clone()
    };
    for (request, field) in [(dry, "dryRun"), (scoped, "tenant")] {
        let error = runner
            .run(&AtRiskDetection, &request, None, &mut ())
            .await
            .unwrap_err();
        assert!(error.is::<shared::request::BadRequest>());
        let expected =
            format!("key belongs to an unfinished run with another {field}: give the same, or another key");
        assert_eq!(error.to_string(), expected);
    }
    assert_eq!(db.run(&AtRiskDetection, &event).await.status, Status::Succeeded);
}

#[tokio::test]
async fn a_tenant_that_fails_costs_the_others_nothing() {
    let db = gym(3).await;
    db.tenant("coaching", "a-lost-gym", "Atlantis/Capital").await;
    let report = db.run(&AtRiskDetection, &scheduled("event", as_of())).await;
    assert_eq!(report.status, Status::Partial);
    assert_eq!(
        (
            report.tenants.total,
            report.tenants.processed,
            report.tenants.failed
        ),
        (2, 1, 1)
    );
    assert_eq!(
        report.totals,
        Totals {
            total: 3,
            processed: 3,
            failed: 0
        }
    );
    let error = &report.errors[0];
    assert_eq!(
        (error.tenant.as_str(), error.subject.as_str()),
        ("a-lost-gym", "tenant")
    );
    assert_eq!(error.message, "time zone 'Atlantis/Capital' is unknown");
}

#[tokio::test]
async fn more_errors_than_a_report_lists_are_all_kept() {
    let db = gym(150).await;
    let mut admin = db.connect().await;
    // An odd day of joining gives the guilty; so they stand in every half of every page.
    let refused = "alter table coaching.member add constraint refused check (churn_risk_score is null or joined_date >= '2025-06-30')";
    execute(&mut admin, refused).await;
    let report = db.run(&AtRiskDetection, &scheduled("event", as_of())).await;
    let (failed, all): (i64, i64) = sqlx::query_as(
        "select count(*) filter (where joined_date < '2025-06-30'), (select count(*) from platform.job_run_error) \
         from coaching.member",
    )
    .fetch_one(&mut admin)
    .await
    .unwrap();
    assert_eq!((report.totals.failed, all), (failed as u64, failed));
    assert_eq!(
        (report.errors.len(), report.errors_truncated),
        (failed.min(100) as usize, failed > 100)
    );
}

#[tokio::test]
async fn an_unscoped_run_excludes_scoped_ones_and_tenants_go_side_by_side() {
    let db = gym(3).await;
    let other = db.tenant("coaching", "other", "UTC").await;
    let member = "insert into coaching.member (tenant_id, joined_date) values ($1, '2025-06-01')";
    sqlx::query(member)
        .bind(other)
        .execute(&mut db.connect().await)
        .await
        .unwrap();
    let runner = Arc::new(db.runner(1));
    let of = |tenant: Option<&str>| shared::request::Request {
        tenant: tenant.map(str::to_owned),
        ..shared::testing::invoked(as_of())
    };
    let mut inside = Inside {
        runner: runner.clone(),
        requests: vec![of(None), of(Some("gym")), of(Some("other"))],
        statuses: vec![],
    };
    let scoped = of(Some("gym"));
    ran(runner
        .run(&AtRiskDetection, &scoped, None, &mut inside)
        .await
        .unwrap());
    assert_eq!(
        inside.statuses,
        ["skipped", "skipped", "succeeded"],
        "beside a run of the gym alone"
    );

    execute(
        &mut db.connect().await,
        "update coaching.member set last_risk_calculated_at = null",
    )
    .await;
    let mut inside = Inside {
        runner: runner.clone(),
        requests: vec![of(Some("gym")), of(Some("other"))],
        statuses: vec![],
    };
    ran(runner
        .run(&AtRiskDetection, &of(None), None, &mut inside)
        .await
        .unwrap());
    assert_eq!(inside.statuses, ["skipped", "skipped"], "beside a run of all");
}

/// Makes requests while another run stands between two pages.
struct Inside {
    runner: Arc<Runner>,
    requests: Vec<shared::request::Request>,
    statuses: Vec<String>,
}

impl Watch for Inside {
    async fn page(&mut self, _so_far: Totals) {
        for request in self.requests.drain(..) {
            let answer = self
                .runner
                .run(&AtRiskDetection, &request, None, &mut ())
                .await
                .unwrap();
            self.statuses
                .push(answer.to_json()["status"].as_str().unwrap().to_owned());
        }
    }
}
