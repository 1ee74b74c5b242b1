//! `migrate`: from nothing to the newest schema, once, whoever else tries.

use demo::runtime_api::Function;
use serde_json::{Value, json};
use shared::{schema::MIGRATOR, testing::TestDb};

use crate::{log::error, stage::binary};

fn function(db: &TestDb) -> Function {
    Function::new(binary("migrate"), "migrate").env("DATABASE_URL", &db.url())
}

fn all() -> Vec<i64> {
    MIGRATOR.iter().map(|migration| migration.version).collect()
}

#[tokio::test]
async fn two_at_once_apply_each_migration_once_and_a_third_finds_nothing_to_do() {
    let db = TestDb::empty().await;
    let migrate = function(&db);
    let event = json!({});
    let (one, other) = tokio::join!(migrate.invoke(&event), migrate.invoke(&event));
    let applied = |answer: &Value| answer["applied"].as_array().unwrap().len();
    let (one, other) = (one.unwrap(), other.unwrap());
    let mut counts = [applied(one.answer().unwrap()), applied(other.answer().unwrap())];
    counts.sort_unstable();
    assert_eq!(counts, [0, all().len()]);
    let third = migrate.invoke(&event).await.unwrap();
    assert_eq!(
        third.answer().unwrap(),
        &json!({"function": "migrate", "applied": [], "version": all().last()})
    );
}

#[tokio::test]
async fn as_a_command_it_says_what_it_applied_and_leaves_a_schema_that_jobs_work_in() {
    let db = TestDb::empty().await;
    let migrate = tokio::process::Command::new(binary("migrate"))
        .env("DATABASE_URL", db.url())
        .output()
        .await
        .unwrap();
    assert!(migrate.status.success());
    let answer: Value = serde_json::from_slice(&migrate.stdout).unwrap();
    assert_eq!(answer["applied"], json!(all()));
    let job = tokio::process::Command::new(binary("commitment-scores"))
        .env("DATABASE_URL", db.url())
        .output()
        .await
        .unwrap();
    assert!(job.status.success());
}

#[tokio::test]
async fn a_schema_that_is_in_the_way_is_named_and_nothing_is_half_done() {
    let db = TestDb::empty().await;
    shared::testing::execute(&mut db.connect().await, "create schema coaching").await;
    let failed = function(&db).invoke(&json!({})).await.unwrap();
    let (kind, message) = error(&failed);
    assert_eq!(kind, "Failed");
    assert!(
        message.contains("schema \"coaching\" already exists"),
        "{message}"
    );
    shared::testing::execute(&mut db.connect().await, "drop schema coaching").await;
    let again = function(&db).invoke(&json!({})).await.unwrap();
    assert_eq!(again.answer().unwrap()["version"], json!(all().last()));
}

#[tokio::test]
async fn without_migrations_a_job_says_that_they_are_missing() {
    let db = TestDb::empty().await;
    let job = tokio::process::Command::new(binary("commitment-scores"))
        .env("DATABASE_URL", db.url())
        .output()
        .await
        .unwrap();
    assert_eq!(job.status.code(), Some(1));
    let log = String::from_utf8(job.stderr).unwrap();
    assert!(log.contains("run migrate"), "{log}");
}
