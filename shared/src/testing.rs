//! The testing kit: a database for each test, tenants, runs, and what a run left behind.
//!
//! Tests need a PostgreSQL to which `DATABASE_URL` leads as a superuser; `cargo xtask test` provides one.
//! The kit panics where a test cannot go on: its callers are tests.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test that cannot go on panics"
)]

pub mod conformance;
mod db;
pub mod golden;

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Executor, PgConnection};
use uuid::Uuid;

use crate::{
    job::{Job, Scope, Tenant},
    report::{Answer, Report},
    request::{Request, Trigger},
};

pub use db::TestDb;

/// Executes a statement that the kit put together.
pub async fn execute(connection: &mut PgConnection, statement: &str) {
    connection
        .execute(AssertSqlSafe(statement))
        .await
        .unwrap_or_else(|error| panic!("{statement}: {error}"));
}

/// Inserts a row of a table, `schema.name`; what it does not say has the table's defaults.
pub async fn insert(connection: &mut PgConnection, table: &str, row: &Value) {
    let columns = row.as_object().expect("a row is an object").keys();
    let columns: Vec<&str> = columns.map(String::as_str).collect();
    let columns = columns.join(", ");
    let statement = format!(
        "insert into {table} ({columns}) select {columns} from jsonb_populate_record(null::{table}, $1)"
    );
    sqlx::query(AssertSqlSafe(statement))
        .bind(row)
        .execute(connection)
        .await
        .unwrap_or_else(|error| panic!("insert {row} into {table}: {error}"));
}

/// The id of the kit's tenant with this slug: its first 16 bytes, so that it is the same in every database.
pub fn tenant_id(slug: &str) -> Uuid {
    let mut bytes = [0; 16];
    for (byte, letter) in bytes.iter_mut().zip(slug.bytes()) {
        *byte = letter;
    }
    Uuid::from_bytes(bytes)
}

/// The id of a tenant's n-th subject: ascending with n, the same in every database, another in each tenant.
pub fn subject_id(tenant: Uuid, n: u32) -> Uuid {
    Uuid::from_u128(u128::from(n) << 96 | (tenant.as_u128() >> 32))
}

/// A request as a rule's event makes it.
pub fn scheduled(key: &str, as_of: DateTime<Utc>) -> Request {
    Request {
        key: Some(key.to_owned()),
        as_of: Some(as_of),
        ..Request::new(Trigger::Schedule)
    }
}

/// A direct request.
pub fn invoked(as_of: DateTime<Utc>) -> Request {
    Request {
        as_of: Some(as_of),
        ..Request::new(Trigger::Invoke)
    }
}

/// The report of a request that a run came of.
pub fn ran(answer: Answer) -> Report {
    match answer {
        Answer::Ran(report) => *report,
        Answer::Skipped { reason, .. } => panic!("the run was skipped: {}", reason.as_str()),
    }
}

/// A report's counters but for those that are 0 or false.
pub fn counted(report: &Report) -> Value {
    let mut counters = report.counters.clone();
    if let Some(counters) = counters.as_object_mut() {
        counters.retain(|_, counter| *counter != 0 && *counter != false);
    }
    counters
}

/// What a query gives: its one row, as JSON.
pub async fn one(connection: &mut PgConnection, query: &str) -> Value {
    let [row] = all(connection, query)
        .await
        .try_into()
        .unwrap_or_else(|rows: Vec<Value>| panic!("{query}: {} rows", rows.len()));
    row
}

/// The rows that a query gives, as JSON.
pub async fn all(connection: &mut PgConnection, query: &str) -> Vec<Value> {
    sqlx::query_scalar(AssertSqlSafe(format!("select to_jsonb(q) from ({query}) q")))
        .fetch_all(connection)
        .await
        .unwrap_or_else(|error| panic!("{query}: {error}"))
}

/// What a job's verbs are told in a run without a limit.
pub fn scope<S>(settings: S, tenant: Tenant, as_of: DateTime<Utc>) -> Scope<S> {
    Scope {
        tenant,
        settings,
        as_of,
        run_id: Uuid::nil(),
        limit: None,
    }
}

/// What a job would write for a tenant's first ten subjects, each of whom it changes something for, and what its verbs
/// are told: for what happens between reading and writing.
pub async fn decided<J: Job>(
    job: &J,
    connection: &mut PgConnection,
    tenant: Tenant,
    as_of: DateTime<Utc>,
) -> (Scope<J::Settings>, Vec<J::Change>) {
    let settings = job
        .settings(connection, as_of, &tenant)
        .await
        .expect("read the settings");
    let scope = scope(settings, tenant, as_of);
    let read = job.read(connection, &scope, None, 10).await;
    let decide = |row| J::decide(&scope, row).expect("decide").change.expect("a change");
    let changes = read.expect("read the subjects").rows.iter().map(decide).collect();
    (scope, changes)
}

/// The kit's tenant of this slug as a job is told of it.
pub fn tenant(slug: &str, time_zone: &str) -> Tenant {
    Tenant {
        id: tenant_id(slug),
        slug: slug.into(),
        name: slug.into(),
        time_zone: time_zone.into(),
    }
}
