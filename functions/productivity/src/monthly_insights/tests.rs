//! The job end to end: the golden cases, what it counts, and what becomes of a month that is summed up again.

mod again;
mod features;
mod golden_cases;
mod month;

use shared::{
    report::Report,
    request::Request,
    testing::{TestDb, all, conformance::Fixture, counted, execute, insert, invoked, one, subject_id},
};

use super::*;

struct Users;

impl Fixture for Users {
    type Job = MonthlyInsights;

    fn job() -> MonthlyInsights {
        MonthlyInsights
    }

    fn as_of() -> DateTime<Utc> {
        "2026-11-01T03:00:00Z".parse().unwrap()
    }

    /// Users of a year, with a goal each, active last on as many days before the end of October as five times their
    /// number says.
    async fn seed(connection: &mut PgConnection, tenant: Uuid, count: u32) -> Result<()> {
        let users: Vec<Uuid> = (1..=count).map(|n| subject_id(tenant, n)).collect();
        sqlx::query(
            "with seeded as (
                insert into productivity.app_user (id, tenant_id, created_at, updated_at)
                select id, $1, '2025-10-01Z', '2025-10-01Z' from unnest($2::uuid[]) id
            ),
            goal as (
                insert into productivity.goal (id, tenant_id, user_id, title, created_at, updated_at)
                select id, $1, id, 'Thesis', '2025-10-02Z', '2025-10-02Z' from unnest($2::uuid[]) id
            )
            insert into productivity.user_activity_day (tenant_id, user_id, day, first_at, last_at)
            select $1, id, d, d, d
            from unnest($2::uuid[]) with ordinality as u (id, n)
            cross join lateral (select '2026-10-31'::date - 5 * n::integer) s (d)",
        )
        .bind(tenant)
        .bind(users)
        .execute(connection)
        .await?;
        Ok(())
    }

    fn written() -> (&'static str, &'static str) {
        ("productivity.user_segment", "user_id")
    }
}

shared::conformance!(Users);

/// A company with so many of the fixture's users.
async fn company(count: u32) -> (TestDb, PgConnection, Uuid) {
    let db = TestDb::new().await;
    let tenant = db.tenant("productivity", "acme", "UTC").await;
    let mut connection = db.connect().await;
    Users::seed(&mut connection, tenant, count).await.unwrap();
    (db, connection, tenant)
}

async fn run_at(db: &TestDb, as_of: &str) -> Report {
    db.run(&MonthlyInsights, &invoked(as_of.parse().unwrap())).await
}

async fn run(db: &TestDb) -> Report {
    db.run(&MonthlyInsights, &invoked(Users::as_of())).await
}

#[tokio::test]
async fn every_counter_counts_what_it_is_named_for() {
    let (db, mut connection, tenant) = company(7).await;
    // Gaps of 5 to 35 days: two active, four at risk, one lost. One more came in the month, one did nothing ever.
    let others = format!(
        "insert into productivity.app_user (tenant_id, created_at)
        values ('{tenant}', '2026-10-31 23:59Z'), ('{tenant}', '2026-10-25 00:00Z'), ('{tenant}', '2026-10-24 23:59Z')"
    );
    execute(&mut connection, &others).await;
    let segments = [
        ("users", 10),
        ("segActive", 2),
        ("segAtRisk", 4),
        ("segChurned", 1),
        ("segNew", 2),
        ("segNeverActivated", 1),
        ("features", 6),
    ];
    let expected = |more: &[(&str, u64)]| -> Value {
        let counters = segments
            .iter()
            .chain(more)
            .map(|(name, n)| ((*name).to_owned(), json!(n)));
        counters.collect::<serde_json::Map<_, _>>().into()
    };
    let mut report = counted(&run(&db).await);
    assert_eq!(report["stale"], true);
    report.as_object_mut().unwrap().remove("stale");
    // Ten segments, six features, and the month.
    assert_eq!(report, expected(&[("rowsWritten", 17)]));
    let last_day = format!(
        "insert into productivity.daily_metric
        select (jsonb_populate_record(null::productivity.daily_metric, to_jsonb(r) || zeroes)).*
        from (select '{tenant}'::uuid as tenant_id, '2026-10-31'::date as day, 4 as dau, true as is_final,
            now() as computed_at) r,
            (select jsonb_object_agg(column_name, 0) as zeroes from information_schema.columns
            where table_name = 'daily_metric' and data_type in ('integer', 'bigint') and column_name <> 'dau') z"
    );
    execute(&mut connection, &last_day).await;
    let expected_again = expected(&[("rowsWritten", 1), ("rowsUnchanged", 16)]);
    assert_eq!(
        counted(&run(&db).await),
        expected_again,
        "the month knows its last day now"
    );
    let expected_again = expected(&[("rowsUnchanged", 17)]);
    assert_eq!(counted(&run(&db).await), expected_again);
}

#[tokio::test]
async fn a_dry_run_shows_the_stored_segment_and_what_it_becomes() {
    let (db, mut connection, tenant) = company(2).await;
    run_at(&db, "2026-10-01T03:00:00Z").await;
    run(&db).await;
    let damage = format!(
        "update productivity.user_segment set segment = 'power', previous_segment = null
        where user_id = '{}' and month = '2026-10-01'",
        subject_id(tenant, 2)
    );
    execute(&mut connection, &damage).await;
    let request = Request {
        dry_run: true,
        ..invoked(Users::as_of())
    };
    let changes = db.run(&MonthlyInsights, &request).await.changes;
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0].subject, format!("user:{}", subject_id(tenant, 2)));
    assert_eq!(
        changes[0].before,
        json!({"segment": "power", "previousSegment": null})
    );
    assert_eq!(
        changes[0].after,
        json!({"segment": "active", "previousSegment": "churned"})
    );
}

#[tokio::test]
async fn a_month_of_any_year_can_be_asked_for() {
    let (db, mut connection, _) = company(2).await;
    assert_eq!(
        run_at(&db, "0001-01-01T00:00:00Z").await.totals.total,
        0,
        "nobody was there"
    );
    let report = run_at(&db, "9999-12-31T23:59:59Z").await;
    assert_eq!(counted(&report)["segChurned"], 2);
    let months = "select min(month) as first, max(month) as last from productivity.monthly_insight";
    let expected = json!({"first": "0001-12-01 BC", "last": "9999-11-01"});
    assert_eq!(one(&mut connection, months).await, expected);
}
