//! The job end to end: what it writes, what it leaves, and what it counts.

mod concurrency;
mod crash;
mod executions;
mod extremes;
mod golden_cases;
mod limits;
mod refusal;
mod words;
mod zones;

use chrono::{NaiveDate, TimeDelta};
use serde_json::{Map, json};
use shared::{
    report::Report,
    request::Request,
    testing::{TestDb, all, conformance::Fixture, counted, execute, insert, invoked, subject_id},
};

use super::*;

fn job() -> ProcessTriggers {
    ProcessTriggers {
        frontend_url: "https://app.example.com".into(),
    }
}

/// A Sunday noon.
fn as_of() -> DateTime<Utc> {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

fn today() -> NaiveDate {
    as_of().date_naive()
}

/// Whom the default owner is, and the types and ids of the triggers that a test makes.
const OWNER: Uuid = Uuid::from_u128(0xaaaa);

const TYPES: [&str; 8] = [
    "CUSTOMER_DORMANCY",
    "LOW_INVENTORY",
    "MISSED_ORDER_PATTERN",
    "REVENUE_DECLINE",
    "SAMPLE_NO_ORDER",
    "FIRST_ORDER_FOLLOWUP",
    "CUSTOMER_TIMING",
    "BURN_RATE_ALERT",
];

fn trigger_id(n: u128) -> Uuid {
    Uuid::from_u128(0xbbbb_0000 + n)
}

/// A distributor with a default owner, and these settings beside.
async fn distributor(settings: Value) -> (TestDb, PgConnection, Uuid) {
    let db = TestDb::new().await;
    let tenant = db.tenant("sales", "vins", "UTC").await;
    let mut connection = db.connect().await;
    let mut row = json!({"tenant_id": tenant, "default_owner_user_id": OWNER});
    row.as_object_mut().unwrap().extend(object(settings));
    insert(&mut connection, "sales.setting", &row).await;
    (db, connection, tenant)
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}

async fn trigger(connection: &mut PgConnection, tenant: Uuid, n: u128, trigger_type: &str, config: Value) {
    let row = json!({
        "id": trigger_id(n), "tenant_id": tenant, "trigger_type": trigger_type, "name": trigger_type, "config": config,
    });
    insert(connection, "sales.trigger", &row).await;
}

async fn act(connection: &mut PgConnection, n: u128, actions: &[&str]) {
    let actions = actions.join(",");
    let update = format!(
        "update sales.trigger set actions = '{{{actions}}}' where id = '{}'",
        trigger_id(n)
    );
    execute(connection, &update).await;
}

async fn customer(connection: &mut PgConnection, tenant: Uuid, n: u32, given: Value) -> Uuid {
    let id = subject_id(tenant, n);
    let mut row = json!({"id": id, "tenant_id": tenant, "name": format!("Shop {n}")});
    row.as_object_mut().unwrap().extend(object(given));
    insert(connection, "sales.customer", &row).await;
    id
}

/// A delivered order of 100.00, at noon so many days ago.
async fn bought(connection: &mut PgConnection, tenant: Uuid, customer: Uuid, days_ago: i64) {
    let at = as_of() - TimeDelta::days(days_ago) - TimeDelta::hours(1);
    let row = json!({
        "tenant_id": tenant, "customer_id": customer, "status": "DELIVERED", "ordered_at": at, "delivered_at": at,
        "total": "100.00",
    });
    insert(connection, "sales.\"order\"", &row).await;
}

/// Customers 1 to `count`, the first of them without an order for the longest, 60 days at least.
async fn dormant(connection: &mut PgConnection, tenant: Uuid, count: u32) {
    for n in 1..=count {
        let id = customer(connection, tenant, n, json!({})).await;
        bought(connection, tenant, id, i64::from(60 + count - n)).await;
    }
}

/// Status, reason and attempts of all executions, by condition_on and then by trigger.
async fn executions(connection: &mut PgConnection) -> Vec<String> {
    let query = "select concat_ws(' ', status, skip_reason, nullif(attempts, 0)) as said
        from sales.trigger_execution order by condition_on, trigger_id, dedupe_key";
    let said = |row: Value| row["said"].as_str().unwrap().to_owned();
    all(connection, query).await.into_iter().map(said).collect()
}

async fn count(connection: &mut PgConnection, table: &str) -> i64 {
    let counted = all(connection, &format!("select count(*) from {table}")).await;
    counted[0]["count"].as_i64().unwrap()
}

async fn run(db: &TestDb, at: DateTime<Utc>) -> Report {
    db.run(&job(), &invoked(at)).await
}

fn dry_run() -> Request {
    Request {
        dry_run: true,
        ..invoked(as_of())
    }
}

/// What a run sees when it begins, of a distributor in this time zone.
async fn opened(connection: &mut PgConnection, time_zone: &str, at: DateTime<Utc>) -> Scope<Settings> {
    let tenant = shared::testing::tenant("vins", time_zone);
    execute(connection, &format!("set app.tenant_id = '{}'", tenant.id)).await;
    shared::testing::scope(job().settings(connection, at, &tenant).await.unwrap(), tenant, at)
}

/// First orders of the day before, by customers with the orders' ids.
struct FirstOrders;

impl Fixture for FirstOrders {
    type Job = ProcessTriggers;

    fn job() -> ProcessTriggers {
        job()
    }

    fn as_of() -> DateTime<Utc> {
        as_of()
    }

    async fn seed(connection: &mut PgConnection, tenant: Uuid, count: u32) -> Result<()> {
        let setting = json!({"tenant_id": tenant, "id": tenant, "default_owner_user_id": OWNER});
        insert(connection, "sales.setting", &setting).await;
        let trigger = json!({
            "id": subject_id(tenant, 9_999), "tenant_id": tenant, "trigger_type": "FIRST_ORDER_FOLLOWUP", "name": "New",
        });
        insert(connection, "sales.trigger", &trigger).await;
        for n in 1..=count {
            let id = customer(connection, tenant, n, json!({})).await;
            let at = as_of() - TimeDelta::days(1);
            let order = json!({
                "id": id, "tenant_id": tenant, "customer_id": id, "status": "DELIVERED", "ordered_at": at,
                "delivered_at": at, "total": "100.00", "is_first_order": true,
            });
            insert(connection, "sales.\"order\"", &order).await;
        }
        Ok(())
    }

    fn written() -> (&'static str, &'static str) {
        ("sales.trigger_execution", "customer_id")
    }
}

shared::conformance!(FirstOrders);
