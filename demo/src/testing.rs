//! What the generators' tests have in common: `seeded!(Generator)` proves what each of them must hold.

use std::fmt::Debug;

use anyhow::Result;
use chrono::{DateTime, Utc};
use shared::testing::TestDb;
use sqlx::{AssertSqlSafe, PgConnection};

/// How many tenants live in a zone that nobody knows.
const UNKNOWN_ZONES: &str =
    "select count(*) from platform.tenant where time_zone not in (select name from pg_timezone_names)";

/// What makes up the tenants of a product.
pub trait Generator {
    type Size: Copy;
    type Filled: Debug + Default + PartialEq;

    const AS_OF: &'static str;
    const SIZE: Self::Size;
    /// With a last tenant whose time zone nobody knows.
    const LOST: Self::Size;
    /// The tables that are filled and not counted.
    const UNCOUNTED: &'static [&'static str];
    /// How many rows of a table there are at that size.
    const ASKED: &'static [(&'static str, u64)];

    async fn fill(
        connection: &mut PgConnection,
        seed: u64,
        as_of: DateTime<Utc>,
        size: Self::Size,
    ) -> Result<Self::Filled>;

    /// What is said to have been written, with the table that has it.
    fn written(filled: &Self::Filled) -> Vec<(&'static str, u64)>;
}

/// Proves what a generator must hold with a test for each promise.
macro_rules! seeded {
    ($generator:ident) => {
        $crate::testing::seeded!($generator:
            the_same_seed_gives_the_same_rows_and_another_seed_others,
            counts_what_it_wrote_and_refuses_to_write_it_twice,
            gives_the_last_tenant_an_unknown_zone_when_asked_to,
        );
    };
    ($generator:ident: $($promise:ident),+ $(,)?) => {
        $(#[tokio::test]
        async fn $promise() {
            $crate::testing::$promise::<$generator>().await;
        })+
    };
}
pub(crate) use seeded;

/// A database filled at a generator's size from the same seed.
pub async fn filled<G: Generator>() -> TestDb {
    filled_at::<G>(G::SIZE).await
}

pub async fn filled_at<G: Generator>(size: G::Size) -> TestDb {
    let db = TestDb::new().await;
    fill::<G>(&db, 7, size).await.unwrap();
    db
}

async fn fill<G: Generator>(db: &TestDb, seed: u64, size: G::Size) -> Result<G::Filled> {
    G::fill(&mut db.connect().await, seed, G::AS_OF.parse().unwrap(), size).await
}

pub async fn the_same_seed_gives_the_same_rows_and_another_seed_others<G: Generator>() {
    let [once, again, other] = [TestDb::new().await, TestDb::new().await, TestDb::new().await];
    let counts = fill::<G>(&once, 7, G::SIZE).await.unwrap();
    assert_eq!(fill::<G>(&again, 7, G::SIZE).await.unwrap(), counts);
    fill::<G>(&other, 8, G::SIZE).await.unwrap();
    let rows = checksum::<G>(&once).await;
    assert!(rows.is_some());
    assert_eq!(checksum::<G>(&again).await, rows);
    assert_ne!(checksum::<G>(&other).await, rows);
}

pub async fn counts_what_it_wrote_and_refuses_to_write_it_twice<G: Generator>() {
    let db = TestDb::new().await;
    let written = G::written(&fill::<G>(&db, 7, G::SIZE).await.unwrap());
    for (table, rows) in written.iter().chain(G::ASKED) {
        let found = count(&db, &format!("select count(*) from {table}")).await;
        assert_eq!(found.unsigned_abs(), *rows, "{table}");
    }
    let rows = checksum::<G>(&db).await;
    let error = fill::<G>(&db, 7, G::SIZE).await.unwrap_err().to_string();
    assert!(error.starts_with("fill "), "{error}");
    assert_eq!(checksum::<G>(&db).await, rows);
}

pub async fn gives_the_last_tenant_an_unknown_zone_when_asked_to<G: Generator>() {
    assert_eq!(count(&filled::<G>().await, UNKNOWN_ZONES).await, 0);
    assert_eq!(count(&filled_at::<G>(G::LOST).await, UNKNOWN_ZONES).await, 1);
}

/// Everything that stands in the tables: each column of each row, ids and instants included.
async fn checksum<G: Generator>(db: &TestDb) -> Option<String> {
    let counted = G::written(&G::Filled::default())
        .into_iter()
        .map(|(table, _)| table);
    let rows = counted
        .chain(G::UNCOUNTED.iter().copied())
        .map(|table| format!("select t::text from {table} as t"));
    let everything = format!(
        "select md5(string_agg(row, ' ' order by row)) from ({}) as everything (row)",
        rows.collect::<Vec<_>>().join(" union all ")
    );
    sqlx::query_scalar(AssertSqlSafe(everything))
        .fetch_one(&mut db.connect().await)
        .await
        .unwrap()
}

pub async fn count(db: &TestDb, query: &str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(query.to_owned()))
        .fetch_one(&mut db.connect().await)
        .await
        .unwrap()
}

/// Each case, by name, has at least one row.
pub async fn has_each(db: &TestDb, cases: &[(&str, &str)]) {
    for (case, query) in cases {
        assert!(count(db, query).await > 0, "there is none: {case}");
    }
}
