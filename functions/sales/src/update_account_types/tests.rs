//! The job end to end: the golden cases, what it counts, and what it leaves alone.

mod first_orders;
mod golden_cases;
mod window;

use serde_json::{Value, json};
use shared::{
    report::{Report, Status},
    request::Request,
    testing::{TestDb, conformance::Fixture, counted, decided, execute, insert, invoked, one, subject_id},
};

use super::*;

struct Customers;

impl Fixture for Customers {
    type Job = UpdateAccountTypes;

    fn job() -> UpdateAccountTypes {
        UpdateAccountTypes
    }

    fn as_of() -> DateTime<Utc> {
        "2026-11-22T02:00:00Z".parse().unwrap()
    }

    /// Customers of whom nothing is told yet: the first with one order of one product, the second with two of them,
    /// and so on, all of this month.
    async fn seed(connection: &mut PgConnection, tenant: Uuid, count: u32) -> Result<()> {
        let customers: Vec<Uuid> = (1..=count).map(|n| subject_id(tenant, n)).collect();
        sqlx::query(
            "with sku as (
                insert into sales.sku (id, tenant_id, code, name) values ($1, $1, 'w1', 'Wine')
            ),
            customer as (
                insert into sales.customer (id, tenant_id, name)
                select id, $1, 'Bar ' || n from unnest($2::uuid[]) with ordinality as c (id, n)
            ),
            ordered as (
                insert into sales.order (id, tenant_id, customer_id, status, ordered_at, delivered_at, total)
                select
                    overlay(c.id::text placing to_char(k, 'FM000000') from 31)::uuid, $1, c.id, 'DELIVERED',
                    timestamptz '2026-11-01 12:00Z', timestamptz '2026-11-01 12:00Z' + k * interval '1 day', 900
                from unnest($2::uuid[]) with ordinality as c (id, n)
                cross join generate_series(1, n) as k
                returning id
            )
            insert into sales.order_line (id, tenant_id, order_id, sku_id, quantity)
            select id, $1, id, $1, 6
            from ordered",
        )
        .bind(tenant)
        .bind(customers)
        .execute(connection)
        .await?;
        Ok(())
    }

    fn written() -> (&'static str, &'static str) {
        ("sales.customer", "id")
    }
}

shared::conformance!(Customers);

/// A distributor with so many of the fixture's customers.
async fn distributor(count: u32) -> (TestDb, PgConnection, Uuid) {
    let db = TestDb::new().await;
    let tenant = db.tenant("sales", "vins", "UTC").await;
    let mut connection = db.connect().await;
    Customers::seed(&mut connection, tenant, count).await.unwrap();
    (db, connection, tenant)
}

async fn run(db: &TestDb) -> Report {
    db.run(&UpdateAccountTypes, &invoked(Customers::as_of())).await
}

#[tokio::test]
async fn every_counter_counts_what_it_is_named_for() {
    let (db, mut connection, tenant) = distributor(7).await;
    let customer = |n| subject_id(tenant, n);
    let changed = format!(
        "update sales.customer set lifecycle_stage = 'HOLD' where id = '{}';
         update sales.order set delivered_at = null where customer_id = '{}';
         update sales.order set delivered_at = delivered_at - interval '200 days' where customer_id = '{}';
         update sales.customer set account_type = 'MEDIUM_VOLUME', lifecycle_stage = 'ACTIVE', last_order_date = '2026-11-05'
         where id = '{}';
         update sales.order set is_first_order = true where customer_id = '{}'",
        customer(1),
        customer(2),
        customer(3),
        customer(4),
        customer(5),
    );
    execute(&mut connection, &changed).await;
    let expected = json!({
        "changed": 6, "unchanged": 1,
        // 1, 5, 6, 7; 2, 3, 5, 6, 7; 1, 3, 5, 6, 7.
        "accountTypeChanged": 4, "lifecycleChanged": 5, "lastOrderDateChanged": 5,
        // The fifth has four marks too many.
        "firstOrdersMarked": 5, "firstOrdersCleared": 4,
        "mediumVolume": 4, "lowVolume": 1, "noVolume": 2,
        "active": 4, "target": 1, "prospect": 1, "hold": 1,
    });
    let first = run(&db).await;
    let (_, mut second) = (counted(&first), counted(&run(&db).await));
    assert_eq!(counted(&first), expected);
    assert_eq!(second["unchanged"].take(), 7);
}

#[tokio::test]
async fn a_type_changes_with_its_history_and_the_same_clock_again_keeps_what_was_before_it() {
    let (db, mut connection, _) = distributor(1).await;
    let history = "select jsonb_agg(to_jsonb(h) - '{id,tenant_id,customer_id,created_at,run_id}'::text[]
            order by changed_at, field) as rows
        from sales.customer_type_change h";
    run(&db).await;
    let row = |field: &str, old: Option<&str>, new: Option<&str>, at: &str| json!({"field": field, "old_value": old, "new_value": new, "changed_at": at});
    let (today, later) = ("2026-11-22T02:00:00+00:00", "2027-06-22T02:00:00+00:00");
    let mut expected = vec![
        row("account_type", None, Some("LOW_VOLUME"), today),
        row("lifecycle_stage", None, Some("ACTIVE"), today),
    ];
    assert_eq!(one(&mut connection, history).await["rows"], json!(expected));
    let more = "insert into sales.order (tenant_id, customer_id, status, ordered_at, delivered_at, total)
        select tenant_id, customer_id, status, ordered_at, delivered_at, 9000 from sales.order";
    execute(&mut connection, more).await;
    let again = run(&db).await;
    expected[0] = row("account_type", None, Some("MEDIUM_VOLUME"), today);
    assert_eq!(one(&mut connection, history).await["rows"], json!(expected));
    let runs = "select array_agg(distinct run_id) as runs from sales.customer_type_change where field = 'account_type'";
    assert_eq!(one(&mut connection, runs).await["runs"], json!([again.run_id]));
    let half_a_year_on = later.parse().unwrap();
    db.run(&UpdateAccountTypes, &invoked(half_a_year_on)).await;
    expected.push(row("account_type", Some("MEDIUM_VOLUME"), None, later));
    expected.push(row("lifecycle_stage", Some("ACTIVE"), Some("TARGET"), later));
    assert_eq!(one(&mut connection, history).await["rows"], json!(expected));
    let updated = "select account_type_updated_at from sales.customer";
    assert_eq!(
        one(&mut connection, updated).await["account_type_updated_at"],
        later
    );
    // A date alone is no change of type.
    execute(
        &mut connection,
        "update sales.customer set last_order_date = '2026-01-01'",
    )
    .await;
    db.run(
        &UpdateAccountTypes,
        &invoked(half_a_year_on + chrono::TimeDelta::hours(1)),
    )
    .await;
    assert_eq!(
        one(&mut connection, updated).await["account_type_updated_at"],
        later
    );
}

#[tokio::test]
async fn a_closed_customer_keeps_what_it_has_and_is_not_counted() {
    let (db, mut connection, tenant) = distributor(2).await;
    let close = format!(
        "update sales.customer set is_permanently_closed = true, account_type = 'HIGH_VOLUME' where id = '{}'",
        subject_id(tenant, 1)
    );
    execute(&mut connection, &close).await;
    assert_eq!(run(&db).await.totals.total, 1);
    let closed = "select account_type, lifecycle_stage, last_order_date, account_type_updated_at
        from sales.customer where is_permanently_closed";
    let expected = json!({
        "account_type": "HIGH_VOLUME", "lifecycle_stage": null, "last_order_date": null, "account_type_updated_at": null,
    });
    assert_eq!(one(&mut connection, closed).await, expected);
}

#[tokio::test]
async fn what_was_changed_since_it_was_read_is_left_for_the_next_run() {
    let (_db, mut connection, id) = distributor(4).await;
    let tenant = shared::testing::tenant("vins", "UTC");
    let (scope, changes) = decided(&UpdateAccountTypes, &mut connection, tenant, Customers::as_of()).await;
    let meanwhile = format!(
        "update sales.customer set lifecycle_stage = 'HOLD' where id = '{}';
         update sales.customer set is_permanently_closed = true where id = '{}';
         update sales.order set status = 'CANCELLED' where customer_id = '{}'",
        subject_id(id, 1),
        subject_id(id, 2),
        subject_id(id, 3),
    );
    execute(&mut connection, &meanwhile).await;
    let counters = UpdateAccountTypes
        .write(&mut connection, &scope, &changes)
        .await
        .unwrap();
    assert_eq!(
        (counters.changed, counters.unchanged, counters.first_orders_marked),
        (2, 2, 3)
    );
    let left = "select
            count(*) filter (where lifecycle_stage = 'HOLD') as on_hold,
            count(account_type) as typed,
            (select count(distinct customer_id) from sales.customer_type_change) as told
        from sales.customer";
    assert_eq!(
        one(&mut connection, left).await,
        json!({"on_hold": 1, "typed": 2, "told": 2})
    );
    let again = UpdateAccountTypes
        .write(&mut connection, &scope, &changes)
        .await
        .unwrap();
    assert_eq!(
        (again.changed, again.unchanged, again.first_orders_marked),
        (0, 4, 0)
    );
}

#[tokio::test]
async fn a_distributor_whose_zone_is_unknown_fails_alone() {
    let (db, mut connection, _) = distributor(2).await;
    let other = db.tenant("sales", "nowhere", "Mars/Olympus").await;
    Customers::seed(&mut connection, other, 3).await.unwrap();
    let report = run(&db).await;
    assert_eq!(
        (report.status, report.totals.total, report.tenants.failed),
        (Status::Partial, 2, 1)
    );
    assert_eq!(report.errors[0].subject, "tenant");
    assert_eq!(report.errors[0].message, "time zone 'Mars/Olympus' is unknown");
}

#[tokio::test]
async fn a_dry_run_shows_what_a_customer_would_become() {
    let (db, _, tenant) = distributor(1).await;
    let request = Request {
        dry_run: true,
        ..invoked(Customers::as_of())
    };
    let changes = db.run(&UpdateAccountTypes, &request).await.changes;
    assert_eq!(changes[0].subject, format!("customer:{}", subject_id(tenant, 1)));
    assert_eq!(
        (&changes[0].before, &changes[0].after),
        (
            &json!({"accountType": null, "lifecycleStage": null, "lastOrderDate": null}),
            &json!({"accountType": "LOW_VOLUME", "lifecycleStage": "ACTIVE", "lastOrderDate": "2026-11-02"}),
        )
    );
}
