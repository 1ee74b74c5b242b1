mod boundary;
mod erasure;
mod guard;
mod loss;
mod refusal;
mod variables;
mod world;

use proptest::prelude::*;
use serde_json::json;
use shared::report::Report;
use shared::request::Request;
use shared::testing::conformance::Fixture;
use shared::testing::{TestDb, counted, invoked, subject_id};
use uuid::Uuid;

use super::*;
use crate::golden;

/// The template's ages, under which [`AS_OF`] has the cut-offs 2024-01-02 and 2023-07-01.
const JOB: DataCleanup = DataCleanup {
    ages: Ages {
        detail_days: 180,
        metrics_days: 365,
    },
    is_forced: false,
};

const AS_OF: &str = "2024-06-30T04:00:00Z";

fn as_of() -> DateTime<Utc> {
    AS_OF.parse().unwrap()
}

/// A dry run.
fn tried() -> Request {
    Request {
        dry_run: true,
        ..invoked(as_of())
    }
}

/// The fixture's subjects are of the first step. What becomes of the others, in dry runs and after a crash too, the
/// tests of whole worlds tell.
struct Timers;

impl Fixture for Timers {
    type Job = DataCleanup;

    const DIARY: Option<&'static str> = Some("cleanup_run");
    const OF_PAGES: &'static [&'static str] = &["batches"];

    fn job() -> DataCleanup {
        JOB
    }

    fn as_of() -> DateTime<Utc> {
        as_of()
    }

    /// Each user has a timer that has been running for two days, or paused for eight.
    async fn seed(connection: &mut PgConnection, tenant: Uuid, count: u32) -> Result<()> {
        let ids: Vec<Uuid> = (1..=count).map(|n| subject_id(tenant, n)).collect();
        sqlx::query(
            "with seeded as (
                insert into productivity.app_user (id, tenant_id, created_at, updated_at)
                select id, $1, '2024-01-01 00:00Z', '2024-01-01 00:00Z' from unnest($2::uuid[]) id
            )
            insert into productivity.timer_session (id, tenant_id, user_id, started_at, status, paused_at, updated_at)
            select id, $1, id, '2024-06-21 20:00Z', case when n % 3 = 0 then 'paused' else 'running' end,
                case when n % 3 = 0 then timestamptz '2024-06-22 04:00Z' end, '2024-06-22 04:00Z'
            from unnest($2::uuid[]) with ordinality as t (id, n)",
        )
        .bind(tenant)
        .bind(ids)
        .execute(connection)
        .await?;
        Ok(())
    }

    fn written() -> (&'static str, &'static str) {
        ("productivity.timer_session", "id")
    }
}

shared::conformance!(Timers);

fn configured(variables: &Value) -> Result<DataCleanup, ConfigError> {
    let value = |name: &str| variables[name].as_str().map(str::to_owned);
    DataCleanup::from_variables(&Variables::new(&value))
}

#[tokio::test]
async fn golden_cases() {
    for case in golden::cases(include_str!("../../../../tests/golden/data-cleanup.json")) {
        let (given, expect, name) = (&case.given, &case.expect, &case.name);
        if name.starts_with("guard: ") {
            let number = |field: &str| given[field].as_u64().unwrap();
            let is_guarded = super::guard::is_guarded(number("selected"), number("rowsOfTable"));
            assert_eq!(json!(is_guarded), expect["guarded"], "{name}");
            continue;
        }
        if name.starts_with("settings: ") {
            assert_eq!(json!(configured(given).is_ok()), expect["runs"], "{name}");
            continue;
        }
        let db = golden::company(&case).await;
        let report = db
            .run(&configured(&given["env"]).unwrap(), &invoked(case.as_of))
            .await;
        let mut counters = counted(&report);
        let batches = counters.as_object_mut().unwrap().remove("batches");
        assert_eq!(counters, expect["counters"], "{name}");
        assert_eq!(batches.is_some(), report.totals.total > 0, "{name}");
        let connection = &mut db.connect().await;
        for table in ["timer_session", "timer_session_archive", "goal"] {
            let rows = format!("select * from productivity.{table} order by id");
            if let Some(expected) = expect.get(table) {
                golden::assert_rows(connection, &rows, expected, name).await;
            }
            if expect["removed"].get(table).is_some() {
                assert!(shared::testing::all(connection, &rows).await.is_empty(), "{name}");
            }
        }
    }
}

#[test]
fn every_part_is_done_once_and_then_it_is_the_end() {
    let mut parts = vec![Part::default()];
    while *parts.last().unwrap() != Part::End {
        parts.push(parts.last().unwrap().next());
    }
    assert_eq!(parts[..parts.len() - 1], Part::ALL);
}

proptest! {
    #[test]
    fn a_forgotten_timer_counts_for_no_more_than_was_planned(
        started in -2_200_000_000_000_000_i64..10_000_000_000_000_000,
        worked in -1_000_000_000_i64..4_000_000_000_000,
        is_paused: bool,
        paused_seconds: i32,
        planned_seconds in 60..=28_800,
    ) {
        let started_at = DateTime::from_timestamp_micros(started).unwrap();
        let end = DateTime::from_timestamp_micros(started + worked).unwrap();
        let timer = Timer {
            id: Uuid::nil(),
            user_id: Uuid::nil(),
            started_at,
            paused_at: is_paused.then_some(end),
            paused_seconds,
            planned_seconds,
        };
        let expired = json!(timer.diff(&timer.expired(end)).after);
        let seconds = expired["actual_seconds"].as_i64().unwrap();
        let elapsed = worked.div_euclid(1_000_000) - i64::from(paused_seconds);
        prop_assert_eq!(seconds, elapsed.max(0).min(planned_seconds.into()));
        let ended_at: DateTime<Utc> = expired["ended_at"].as_str().unwrap().parse().unwrap();
        prop_assert_eq!((ended_at - started_at).num_seconds(), seconds + i64::from(paused_seconds));
        if elapsed >= 0 {
            prop_assert!(ended_at <= end, "it ends in the past");
        }
    }
}

/// What a run counted, but for how it was parted.
fn done(report: &Report) -> Value {
    let mut counters = counted(report);
    counters.as_object_mut().unwrap().remove("batches");
    counters
}

#[tokio::test]
async fn a_limit_bounds_the_rows_of_each_step() {
    let (db, _) = world::company(1).await;
    let all = db.run(&JOB, &tried()).await;
    let limited = Request {
        limit: Some(4),
        ..tried()
    };
    for batch_size in [1, 3, 500] {
        let report = db.runner(batch_size).run(&JOB, &limited, None, &mut ()).await;
        let report = shared::testing::ran(report.unwrap());
        let of = |report: &Report, names: &[&str]| -> u64 {
            names
                .iter()
                .map(|name| report.counters[*name].as_u64().unwrap())
                .sum()
        };
        for step in [
            &["expiredTimers"] as &[&str],
            &["archivedGoals"],
            &["deletedMetrics"],
            &[
                "deletedNotifications",
                "deletedMails",
                "scrubbedMails",
                "deletedOperational",
            ],
            &["erasedUsers"],
        ] {
            assert_eq!(
                of(&report, step),
                of(&all, step).min(4),
                "{step:?} by {batch_size}"
            );
        }
        assert!(of(&report, &["archivedSessions"]) <= 4);
    }
}

#[tokio::test]
async fn each_run_is_noted_with_its_cut_offs_and_counters_and_a_dry_one_is_not() {
    let (db, _) = world::company(2).await;
    db.run(&JOB, &tried()).await;
    let runs = "select run_id, cutoffs, counts, dry_run from productivity.cleanup_run where as_of = '2024-06-30 04:00Z'";
    let mut connection = db.connect().await;
    assert!(shared::testing::all(&mut connection, runs).await.is_empty());
    let report = db.run(&JOB, &invoked(as_of())).await;
    let expected = json!({
        "run_id": report.run_id, "dry_run": false, "counts": report.counters,
        "cutoffs": {"detail": "2024-01-02T00:00:00Z", "metrics": "2023-07-01T00:00:00Z"},
    });
    assert_eq!(shared::testing::one(&mut connection, runs).await, expected);
    assert_eq!(report.counters["remaining"], 0);
}

#[tokio::test]
async fn old_numbers_of_the_installation_are_deleted_unless_a_run_is_one_companys() {
    let db = TestDb::new().await;
    db.tenant("productivity", "acme", "UTC").await;
    let mut connection = db.connect().await;
    shared::testing::execute(
        &mut connection,
        "insert into productivity.system_metric (hour_at, scope, values, computed_at)
        select at, 'jobs', '{}', at
        from unnest('{2024-04-01 03:59:59.999999Z, 2024-04-01 04:00Z}'::timestamptz[]) at",
    )
    .await;
    let of_one = Request {
        tenant: Some("acme".into()),
        ..invoked(as_of())
    };
    assert_eq!(db.run(&JOB, &of_one).await.counters["deletedMetrics"], 0);
    assert_eq!(
        db.run(&JOB, &invoked(as_of())).await.counters["deletedMetrics"],
        1
    );
    let left = shared::testing::one(&mut connection, "select hour_at from productivity.system_metric").await;
    assert_eq!(left["hour_at"], "2024-04-01T04:00:00+00:00");
}
