//! The job end to end: the golden cases, both passes, and what nobody may see.

mod customers;
mod golden_cases;
mod skus;

use serde_json::{Value, json};
use shared::{
    report::Report,
    testing::{TestDb, conformance::Fixture, counted, execute, insert, invoked, subject_id},
};
use sqlx::AssertSqlSafe;

use super::*;

fn as_of() -> DateTime<Utc> {
    "2026-11-22T02:00:00Z".parse().unwrap()
}

struct Skus;

impl Fixture for Skus {
    type Job = CalculateBurnRates;

    fn job() -> CalculateBurnRates {
        CalculateBurnRates
    }

    fn as_of() -> DateTime<Utc> {
        as_of()
    }

    /// Products of which samples left the stock, which is demand but no customer's pace: the first a unit on every fifth
    /// day, the second two, and so on; each with ten units left and an alert that there are too many.
    async fn seed(connection: &mut PgConnection, tenant: Uuid, count: u32) -> Result<()> {
        let skus: Vec<Uuid> = (1..=count).map(|n| subject_id(tenant, n)).collect();
        sqlx::query(
            "with customer as (
                insert into sales.customer (id, tenant_id, name) values ($1, $1, 'Bar')
            ),
            sku as (
                insert into sales.sku (id, tenant_id, code, name, category, created_at)
                select id, $1, id, 'Rioja', 'red', '2026-06-01Z' from unnest($2::uuid[]) id
            ),
            tasting as (
                insert into sales.\"order\" (id, tenant_id, customer_id, ordered_at, delivered_at)
                select md5($1::text || k)::uuid, $1, $1, at, at
                from generate_series(0, 30) k
                cross join lateral (select timestamptz '2026-11-20 12:00Z' - k * interval '5 days') d (at)
            ),
            line as (
                insert into sales.order_line (id, tenant_id, order_id, sku_id, quantity, is_sample)
                select md5(sku::text || k)::uuid, $1, md5($1::text || k)::uuid, sku, n, true
                from unnest($2::uuid[]) with ordinality as s (sku, n)
                cross join generate_series(0, 30) k
            ),
            inventory as (
                insert into sales.inventory (id, tenant_id, sku_id, location, on_hand)
                select id, $1, id, 'A', 10 from unnest($2::uuid[]) id
            )
            insert into sales.inventory_alert (
                id, tenant_id, sku_id, alert_family, alert_type, severity, message, available, opened_at
            )
            select id, $1, id, 'OVER', 'OVERSTOCKED', 'INFO', 'A lot', 500, '2026-11-01Z'
            from unnest($2::uuid[]) id",
        )
        .bind(tenant)
        .bind(skus)
        .execute(connection)
        .await?;
        Ok(())
    }

    fn written() -> (&'static str, &'static str) {
        ("sales.sku_demand", "sku_id")
    }
}

mod of_skus {
    use super::Skus;

    shared::conformance!(Skus);
}

struct Customers;

impl Fixture for Customers {
    type Job = CalculateBurnRates;

    fn job() -> CalculateBurnRates {
        CalculateBurnRates
    }

    fn as_of() -> DateTime<Utc> {
        as_of()
    }

    /// Customers who bought two products that are not sold any more: one of them every week, the other one every second
    /// week.
    async fn seed(connection: &mut PgConnection, tenant: Uuid, count: u32) -> Result<()> {
        let customers: Vec<Uuid> = (1..=count).map(|n| subject_id(tenant, n)).collect();
        sqlx::query(
            "with customer as (
                insert into sales.customer (id, tenant_id, name) select id, $1, 'Bar' from unnest($2::uuid[]) id
            ),
            sku as (
                insert into sales.sku (id, tenant_id, code, name, is_active)
                select md5($1::text || n)::uuid, $1, n, 'Rioja', false from generate_series(1, 2) n
            ),
            delivery as (
                insert into sales.\"order\" (id, tenant_id, customer_id, ordered_at, delivered_at)
                select md5(id::text || k)::uuid, $1, id, at, at
                from unnest($2::uuid[]) id
                cross join generate_series(1, 6) k
                cross join lateral (select timestamptz '2026-11-21 12:00Z' - k * interval '7 days') d (at)
            )
            insert into sales.order_line (id, tenant_id, order_id, sku_id, quantity)
            select md5(id::text || k || '-' || n)::uuid, $1, md5(id::text || k)::uuid, md5($1::text || n)::uuid, 6
            from unnest($2::uuid[]) id
            cross join generate_series(1, 6) k
            cross join generate_series(1, 2) n
            where k % n = 0",
        )
        .bind(tenant)
        .bind(customers)
        .execute(connection)
        .await?;
        Ok(())
    }

    fn written() -> (&'static str, &'static str) {
        ("sales.customer_sku_rate", "customer_id")
    }
}

mod of_customers {
    use super::Customers;

    shared::conformance!(Customers);
}

async fn run(db: &TestDb, as_of: DateTime<Utc>) -> Report {
    db.run(&CalculateBurnRates, &invoked(as_of)).await
}

async fn rows(connection: &mut PgConnection, query: &str) -> Vec<Value> {
    let statement = format!("select to_jsonb(t) from ({query}) t");
    sqlx::query_scalar(AssertSqlSafe(statement))
        .fetch_all(connection)
        .await
        .unwrap()
}

#[test]
fn a_cursor_is_a_kind_and_an_id() {
    let id = Uuid::from_u128(7);
    for (cursor, text) in [
        (Cursor::Sku(id), format!("sku:{id}")),
        (Cursor::Customer(id), format!("customer:{id}")),
    ] {
        assert_eq!(json!(cursor), json!(text));
        assert_eq!(serde_json::from_value::<Cursor>(json!(text)).unwrap(), cursor);
    }
    for no_cursor in ["", "sku", "sku:7", "order:00000000-0000-0000-0000-000000000007"] {
        assert!(
            serde_json::from_value::<Cursor>(json!(no_cursor)).is_err(),
            "{no_cursor}"
        );
    }
}
