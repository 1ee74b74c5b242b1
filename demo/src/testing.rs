//! What the generators' tests ask of a database that was filled.

use shared::testing::TestDb;
use sqlx::AssertSqlSafe;

/// How many tenants live in a zone that nobody knows.
pub const UNKNOWN_ZONES: &str =
    "select count(*) from platform.tenant where time_zone not in (select name from pg_timezone_names)";

/// Everything that stands in these tables: each column of each row, ids and instants included.
pub async fn checksum(db: &TestDb, tables: &[&str]) -> Option<String> {
    let rows: Vec<String> = tables
        .iter()
        .map(|table| format!("select t::text from {table} as t"))
        .collect();
    let everything = format!(
        "select md5(string_agg(row, ' ' order by row)) from ({}) as everything (row)",
        rows.join(" union all ")
    );
    sqlx::query_scalar(AssertSqlSafe(everything))
        .fetch_one(&mut db.connect().await)
        .await
        .unwrap()
}

pub async fn count(db: &TestDb, query: &'static str) -> i64 {
    sqlx::query_scalar(query)
        .fetch_one(&mut db.connect().await)
        .await
        .unwrap()
}
