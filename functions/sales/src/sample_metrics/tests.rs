//! The job end to end: what it counts, what it writes and what it leaves alone.

mod credit;
mod flags;
mod golden_cases;
mod limit;
mod rows;

use std::sync::Arc;

use chrono::TimeDelta;
use serde_json::{Value, json};
use shared::{
    report::{Report, Status, Totals},
    request::Request,
    run::Watch,
    testing::{
        TestDb, all, conformance::Fixture, counted, decided, execute, insert, invoked, scheduled, subject_id,
    },
};
use sqlx::AssertSqlSafe;

use super::*;

struct Tastings;

impl Fixture for Tastings {
    type Job = SampleMetrics;

    fn job() -> SampleMetrics {
        SampleMetrics
    }

    fn as_of() -> DateTime<Utc> {
        "2026-11-22T02:00:00Z".parse().unwrap()
    }

    /// Tastings of two products by customers of their own, one a day from 1 October on, and of each an order of two
    /// bottles at 50.00 on the next day.
    async fn seed(connection: &mut PgConnection, tenant: Uuid, count: u32) -> Result<()> {
        let tastings: Vec<Uuid> = (1..=count).map(|n| subject_id(tenant, n)).collect();
        sqlx::query(
            "with rep as (
                insert into sales.sales_rep (id, tenant_id, name) values ($1, $1, 'Rep')
            ),
            sku as (
                insert into sales.sku (id, tenant_id, code, name, category)
                select overlay($1::text placing k::text from 36)::uuid, $1, k, 'A bottle', case k when 1 then 'Wine' end
                from generate_series(1, 2) as k
            ),
            tasting as materialized (
                select id, n, overlay($1::text placing (1 + n % 2)::text from 36)::uuid as sku_id,
                    timestamptz '2026-10-01 12:00Z' + n * interval '1 day' as tasted_at
                from unnest($2::uuid[]) with ordinality as t (id, n)
            ),
            customer as (
                insert into sales.customer (id, tenant_id, name, account_type)
                select id, $1, 'Bar ' || n, case when n % 3 = 0 then 'LOW_VOLUME' end from tasting
            ),
            sample as (
                insert into sales.sample_usage (id, tenant_id, sales_rep_id, customer_id, sku_id, tasted_at)
                select id, $1, $1, id, sku_id, tasted_at from tasting
            ),
            ordered as (
                insert into sales.order (id, tenant_id, customer_id, status, ordered_at, delivered_at, total)
                select id, $1, id, 'DELIVERED', tasted_at + interval '1 day', tasted_at + interval '2 days', 100
                from tasting
            )
            insert into sales.order_line (id, tenant_id, order_id, sku_id, quantity, unit_price)
            select id, $1, id, sku_id, 2, 50
            from tasting",
        )
        .bind(tenant)
        .bind(tastings)
        .execute(connection)
        .await?;
        Ok(())
    }

    fn written() -> (&'static str, &'static str) {
        ("sales.sample_usage", "id")
    }
}

// All promises but two. What is left after a poisoned record is without it in the sums, see `rows`. What a crashed run
// flagged the next attempt does not count again, see below.
shared::conformance!(Tastings:
    stands_in_the_registry(env!("CARGO_PKG_NAME"), include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))),
    a_second_run_changes_nothing(),
    every_subject_is_accounted_for(),
    pages_of_any_size_give_the_same(),
    a_dry_run_writes_nothing_and_counts_the_same(),
    the_deadline_stops_between_pages_and_the_next_attempt_goes_on(),
    two_at_once_do_the_work_once(),
    an_overtaken_run_writes_nothing_more(),
    another_tenants_rows_are_neither_read_nor_written(),
    the_same_event_is_one_run(),
    a_limit_counts_what_the_job_says(),
);

/// A distributor with so many of the fixture's tastings.
async fn distributor(count: u32) -> (TestDb, PgConnection, Uuid) {
    let db = TestDb::new().await;
    let tenant = db.tenant("sales", "vins", "UTC").await;
    let mut connection = db.connect().await;
    Tastings::seed(&mut connection, tenant, count).await.unwrap();
    (db, connection, tenant)
}

async fn run(db: &TestDb) -> Report {
    db.run(&SampleMetrics, &invoked(Tastings::as_of())).await
}

/// Both metric tables without what is made anew in each run.
async fn metrics(connection: &mut PgConnection) -> Vec<Value> {
    let rows =
        "select to_jsonb(m) - '{id,created_at,calculated_at}'::text[] as row from sales.sample_metric m
        union all
        select to_jsonb(m) - '{id,created_at,calculated_at}'::text[] from sales.sample_metric_sku m
        order by 1";
    all(connection, rows).await
}

#[tokio::test]
async fn every_counter_counts_what_it_is_named_for() {
    let (db, mut connection, tenant) = distributor(4).await;
    let given = format!(
        "update sales.order set status = 'CANCELLED' where id in ('{}', '{}');
         update sales.sample_usage set resulted_in_order = true, converted_by = 'job', converted_order_id = id
         where id = '{}';
         update sales.sample_usage set resulted_in_order = true where id = '{}'",
        subject_id(tenant, 1),
        subject_id(tenant, 2),
        subject_id(tenant, 1),
        subject_id(tenant, 2),
    );
    execute(&mut connection, &given).await;
    // Over 90 days: all, two categories, a rep, two segments, two categories of the rep; and two products.
    let expected = json!({
        "samples": 4, "conversions": 3, "samplesFlagged": 2, "samplesUnflagged": 1, "rowsWritten": 10, "stale": true,
    });
    assert_eq!(counted(&run(&db).await), expected);
    let expected = json!({"samples": 4, "conversions": 3, "rowsUnchanged": 10, "stale": true});
    assert_eq!(counted(&run(&db).await), expected);
    let recent = "insert into platform.job_run (job, trigger, as_of, status, fence)
        values ('update-account-types', 'cli', '2026-11-21 02:00Z', 'succeeded', 1);
        delete from sales.sample_usage";
    execute(&mut connection, recent).await;
    assert_eq!(counted(&run(&db).await), json!({"rowsDeleted": 10}));
}

/// Stands still after a page, for good.
struct Stop(Arc<tokio::sync::Notify>);

impl Watch for Stop {
    async fn page(&mut self, _so_far: Totals) {
        self.0.notify_one();
        std::future::pending::<()>().await;
    }
}

#[tokio::test]
async fn a_run_that_died_begins_its_distributor_again_and_ends_as_if_it_had_not() {
    let (undisturbed, _, _) = distributor(7).await;
    let expected = run(&undisturbed).await;
    let (db, mut connection, _) = distributor(7).await;
    let event = scheduled("event", Tastings::as_of());
    let (runner, reached) = (db.runner(3), Arc::default());
    let mut stop = Stop(Arc::clone(&reached));
    tokio::select! {
        answer = runner.run(&SampleMetrics, &event, None, &mut stop) => panic!("the run ended: {answer:?}"),
        () = reached.notified() => {}
    }
    let lock = SampleMetrics::LOCK_ID;
    execute(
        &mut connection,
        &format!("select pg_advisory_lock({lock}), pg_advisory_unlock({lock})"),
    )
    .await;
    let resumed = shared::testing::ran(runner.run(&SampleMetrics, &event, None, &mut ()).await.unwrap());
    assert_eq!((resumed.resumed, resumed.totals), (true, expected.totals));
    // Three tastings had their flags already.
    let mut counters = expected.counters.clone();
    counters["samplesFlagged"] = json!(4);
    assert_eq!(resumed.counters, counters);
    assert_eq!(db.state("sales").await, undisturbed.state("sales").await);
}

#[tokio::test]
async fn a_dry_run_shows_what_tastings_would_say() {
    let (db, _, tenant) = distributor(1).await;
    let request = Request {
        dry_run: true,
        ..invoked(Tastings::as_of())
    };
    let changes = db.run(&SampleMetrics, &request).await.changes;
    let id = subject_id(tenant, 1);
    assert_eq!(changes[0].subject, format!("sample:{id}"));
    assert_eq!(
        (&changes[0].before, &changes[0].after),
        (
            &json!({"resultedInOrder": false, "convertedOrderId": null}),
            &json!({"resultedInOrder": true, "convertedOrderId": id}),
        )
    );
}

#[tokio::test]
async fn a_distributor_whose_zone_is_unknown_fails_alone() {
    let (db, mut connection, _) = distributor(2).await;
    let other = db.tenant("sales", "nowhere", "Mars/Olympus").await;
    Tastings::seed(&mut connection, other, 3).await.unwrap();
    let report = run(&db).await;
    assert_eq!(
        (report.status, report.totals.total, report.tenants.failed),
        (Status::Partial, 2, 1)
    );
    assert_eq!(report.errors[0].subject, "tenant");
    assert_eq!(report.errors[0].message, "time zone 'Mars/Olympus' is unknown");
}
