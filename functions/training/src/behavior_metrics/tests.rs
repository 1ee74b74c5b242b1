//! The job end to end: the golden cases, whom it selects and in which order, and what it counts.

mod golden_cases;
mod selection;

use serde_json::json;
use shared::{
    report::{Report, Status},
    request::Request,
    testing::{TestDb, conformance::Fixture, counted, execute, insert, invoked, one, subject_id},
};

use super::*;
use crate::testing;

struct Lifters;

impl Fixture for Lifters {
    type Job = BehaviorMetrics;

    fn job() -> BehaviorMetrics {
        BehaviorMetrics
    }

    fn as_of() -> DateTime<Utc> {
        "2026-11-22T02:00:00Z".parse().unwrap()
    }

    /// Users who trained on as many of the last days as their number says, with one set each time.
    async fn seed(connection: &mut PgConnection, tenant: Uuid, count: u32) -> Result<()> {
        let newest = "2026-11-20T18:00:00Z".parse()?;
        testing::lifters(connection, tenant, count, newest, &[]).await
    }

    fn written() -> (&'static str, &'static str) {
        ("training.behavior_metric", "user_id")
    }
}

shared::conformance!(Lifters);

/// An app with so many of the fixture's users.
async fn app(count: u32) -> (TestDb, PgConnection, Uuid) {
    testing::app::<Lifters>(count).await
}

async fn run_at(db: &TestDb, as_of: DateTime<Utc>) -> Report {
    db.run(&BehaviorMetrics, &invoked(as_of)).await
}

#[tokio::test]
async fn metrics_are_created_once_a_day_updated_when_late_data_comes_and_left_where_newer_ones_stand() {
    let (db, mut connection, tenant) = app(4).await;
    let as_of = Lifters::as_of();
    let counts = |report: &Report| counted(report);
    assert_eq!(counts(&run_at(&db, as_of).await), json!({"created": 4}));
    let late = format!(
        "insert into training.workout
            (tenant_id, user_id, lifecycle_status, completion_status, start_time, duration_minutes)
        values ('{tenant}', '{}', 'finalized', 'partial', '2026-11-21 06:00Z', 30)",
        subject_id(tenant, 2)
    );
    execute(&mut connection, &late).await;
    let newer = format!(
        "update training.behavior_metric set computed_at = '2026-11-22 05:00Z', max_gap_days = 99
        where user_id = '{}'",
        subject_id(tenant, 3)
    );
    execute(&mut connection, &newer).await;
    let hour_later = as_of + TimeDelta::hours(1);
    assert_eq!(
        counts(&run_at(&db, hour_later).await),
        json!({"updated": 1, "unchanged": 2, "skippedNewer": 1})
    );
    let rows = "select
            array_agg(computed_at order by user_id) as computed_at, array_agg(max_gap_days order by user_id) as gaps
        from training.behavior_metric";
    let [before, after, newer] = ["02", "03", "05"].map(|hour| format!("2026-11-22T{hour}:00:00+00:00"));
    assert_eq!(
        one(&mut connection, rows).await,
        json!({"computed_at": [before, after, newer, before], "gaps": [1, 0, 99, 1]})
    );
    let next_night = as_of + TimeDelta::days(1);
    assert_eq!(counts(&run_at(&db, next_night).await), json!({"created": 4}));
}

#[tokio::test]
async fn any_difference_is_mended() {
    let (db, mut connection, _) = app(1).await;
    let as_of = Lifters::as_of();
    run_at(&db, as_of).await;
    let state = db.state("training").await;
    let damages = [
        "time_zone = 'Asia/Tokyo'",
        "target_days_per_week = 4",
        "target_session_minutes = 46",
        "workouts_last_7_days = 7",
        "workouts_last_14_days = 7",
        "volume_last_7_days = 1",
        "volume_prev_7_days = 1",
        "volume_delta_pct = 1",
        "sets_last_7_days = 9",
        "sets_prev_7_days = 9",
        "avg_session_minutes = null",
        "max_gap_days = 9",
        "current_gap_days = 9",
        "common_skip_day = 'wed'",
        "consistency_score = 1",
        "dropout_risk = 'high'",
        "burnout_risk = 'high'",
        "momentum_trend = 'falling'",
        "adherence_type = 'sporadic'",
        "mistake_key = 'a', focus_key = 'b', focus_label = 'c'",
        "reasons = '[{}]'",
    ];
    for damage in damages {
        execute(
            &mut connection,
            &format!("update training.behavior_metric set {damage}"),
        )
        .await;
        assert_eq!(
            counted(&run_at(&db, as_of).await),
            json!({"updated": 1}),
            "{damage}"
        );
        assert_eq!(db.state("training").await, state, "{damage}");
    }
}

#[tokio::test]
async fn the_language_models_usage_is_that_of_two_utc_dates_and_of_every_app_limit_or_not() {
    let (db, mut connection, tenant) = app(3).await;
    let other = db.tenant("training", "zz-other", "UTC").await;
    Lifters::seed(&mut connection, other, 2).await.unwrap();
    let as_of = Lifters::as_of();
    // Tenant, user, date, calls.
    let usage = [
        (tenant, 1, "2026-11-22", 2),
        (tenant, 2, "2026-11-22", 5),
        (tenant, 3, "2026-11-22", 0),
        (tenant, 1, "2026-11-21", 11),
        (tenant, 1, "2026-11-20", 100),
        (tenant, 1, "2026-11-23", 100),
        (other, 1, "2026-11-22", 3),
        (other, 2, "2026-11-21", 1),
    ];
    for (tenant, n, date, calls) in usage {
        let row = json!({
            "id": Uuid::new_v4(), "tenant_id": tenant, "user_id": subject_id(tenant, n), "usage_date": date, "coach_calls": calls,
            "report_calls": 50, "input_tokens": 0, "output_tokens": 0, "total_tokens": 0, "plan_calls": 0,
            "summary_calls": 0, "created_at": as_of,
        });
        insert(&mut connection, "training.llm_usage_daily", &row).await;
    }
    execute(
        &mut connection,
        &format!(
            "update training.app_user set disabled_at = '2026-11-01 00:00Z' where id = '{}'",
            subject_id(other, 1)
        ),
    )
    .await;
    let expected = [3, 10, 2, 12];
    let told = |report: &Report| {
        [
            "llmUsersToday",
            "llmCallsToday",
            "llmUsersYesterday",
            "llmCallsYesterday",
        ]
        .map(|counter| report.counters[counter].as_u64().unwrap())
    };
    for limit in [None, Some(1), Some(3), Some(4), Some(100)] {
        let request = Request {
            limit,
            ..invoked(as_of)
        };
        assert_eq!(
            told(&db.run(&BehaviorMetrics, &request).await),
            expected,
            "limit {limit:?}"
        );
    }
    let request = Request {
        tenant: Some("zz-other".into()),
        ..invoked(as_of)
    };
    assert_eq!(told(&db.run(&BehaviorMetrics, &request).await), [1, 3, 1, 1]);
}

#[tokio::test]
async fn a_user_without_any_known_zone_fails_alone_and_counts_nowhere() {
    let (db, mut connection, tenant) = app(3).await;
    execute(
        &mut connection,
        "update platform.tenant set time_zone = 'Mars/Olympus'",
    )
    .await;
    let damage = format!(
        "update training.app_user set time_zone = ' Venus ' where id = '{}'",
        subject_id(tenant, 2)
    );
    execute(&mut connection, &damage).await;
    let report = run_at(&db, Lifters::as_of()).await;
    assert_eq!(
        (report.status, report.totals.total, report.totals.failed),
        (Status::Partial, 3, 1)
    );
    assert_eq!(
        report.errors[0].message,
        "time zone 'Venus' is unknown, and so is the tenant's 'Mars/Olympus'"
    );
    assert_eq!(counted(&report), json!({"created": 2}));
}

#[tokio::test]
async fn a_dry_run_shows_the_newest_metrics_and_what_they_become() {
    let (db, _connection, tenant) = app(1).await;
    let as_of = Lifters::as_of();
    run_at(&db, as_of - TimeDelta::days(1)).await;
    let request = Request {
        dry_run: true,
        ..invoked(as_of)
    };
    let changes = db.run(&BehaviorMetrics, &request).await.changes;
    assert_eq!(changes[0].subject, format!("user:{}", subject_id(tenant, 1)));
    let shown = |date: &str, consistency: &str| {
        json!({
            "metricsDate": date, "consistencyScore": consistency, "dropoutRisk": "low", "burnoutRisk": "low",
            "momentumTrend": "stable", "adherenceType": "consistent", "mistakeKey": null,
        })
    };
    assert_eq!(changes[0].before, shown("2026-11-21", "100.0"));
    assert_eq!(changes[0].after, shown("2026-11-22", "100.0"));
}
