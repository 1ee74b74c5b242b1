//! The job end to end: the golden cases, what it counts, and what becomes of a week that is summed up again.

mod again;
mod cohorts;
mod golden_cases;
mod hours;
mod week;

use proptest::prelude::*;
use rust_decimal::Decimal;
use shared::{
    report::Report,
    request::Request,
    testing::{TestDb, conformance::Fixture, counted, execute, insert, invoked, one, subject_id},
};
use uuid::Uuid;

use super::{cohort::Pool, week::Cells, *};

struct Newcomers;

impl Newcomers {
    fn day(n: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 10, n).unwrap()
    }
}

impl Fixture for Newcomers {
    type Job = WeeklyAggregation;

    fn job() -> WeeklyAggregation {
        WeeklyAggregation
    }

    /// A Sunday.
    fn as_of() -> DateTime<Utc> {
        "2026-11-22T02:00:00Z".parse().unwrap()
    }

    /// On each of the first days of October somebody came, and was active a week later and in the week of the run.
    async fn seed(connection: &mut PgConnection, tenant: Uuid, count: u32) -> Result<()> {
        for n in 1..=count {
            let (user, day) = (subject_id(tenant, n), Self::day(n));
            let created_at = day.and_hms_opt(9, 0, 0).unwrap().and_utc();
            let user = json!({
                "id": user, "tenant_id": tenant, "created_at": created_at, "updated_at": created_at,
            });
            insert(connection, "productivity.app_user", &user).await;
            for day in [day + Days::new(7), Self::day(14) + Days::new(35)] {
                let row = json!({
                    "tenant_id": tenant, "user_id": user["id"], "day": day, "logins": 1, "sessions": 0, "goal_events": 0,
                    "first_at": midnight(day), "last_at": midnight(day),
                });
                insert(connection, "productivity.user_activity_day", &row).await;
            }
        }
        Ok(())
    }

    fn written() -> (&'static str, &'static str) {
        ("productivity.retention_cohort", "cohort_day")
    }

    /// The week.
    const BESIDE: u32 = 1;

    fn subject(_tenant: Uuid, n: u32) -> String {
        Self::day(n).to_string()
    }
}

shared::conformance!(Newcomers);

/// A company with so many of the fixture's newcomers.
async fn company(count: u32) -> (TestDb, PgConnection, Uuid) {
    let db = TestDb::new().await;
    let tenant = db.tenant("productivity", "acme", "UTC").await;
    let mut connection = db.connect().await;
    Newcomers::seed(&mut connection, tenant, count).await.unwrap();
    (db, connection, tenant)
}

async fn run(db: &TestDb) -> Report {
    db.run(&WeeklyAggregation, &invoked(Newcomers::as_of())).await
}

#[test]
fn a_run_is_about_the_latest_whole_week_and_the_days_that_are_over() {
    for (as_of, start, end, last) in [
        ("2024-06-30T00:00:00Z", "2024-06-23", "2024-06-30", "2024-06-29"),
        (
            "2024-06-29T23:59:59.999999Z",
            "2024-06-16",
            "2024-06-23",
            "2024-06-28",
        ),
        ("2024-07-03T12:00:00Z", "2024-06-23", "2024-06-30", "2024-07-02"),
        ("2024-01-07T02:00:00Z", "2023-12-31", "2024-01-07", "2024-01-06"),
    ] {
        let date = |text: &str| text.parse().unwrap();
        let expected = Dates {
            start: date(start),
            end: date(end),
            last: date(last),
        };
        assert_eq!(Dates::of(as_of.parse().unwrap()), expected, "{as_of}");
    }
}

#[tokio::test]
async fn every_counter_counts_what_it_is_named_for() {
    let (db, _connection, _) = company(3).await;
    // Days 1, 7, 14 and 30 of three days, and the week.
    let expected = json!({"cohorts": 3, "cells": 12, "users": 3, "rowsWritten": 13});
    assert_eq!(counted(&run(&db).await), expected);
    let expected = json!({"cohorts": 3, "cells": 12, "users": 3, "rowsUnchanged": 13});
    assert_eq!(counted(&run(&db).await), expected);
}

#[tokio::test]
async fn a_dry_run_shows_the_week_and_each_cohort_as_they_stand_and_as_they_will() {
    let (db, mut connection, tenant) = company(1).await;
    run(&db).await;
    let late = format!(
        "insert into productivity.user_activity_day (tenant_id, user_id, day, first_at, last_at)
        select tenant_id, user_id, d::date, d, d
        from productivity.user_activity_day, unnest(array['2026-10-02', '2026-11-14']::timestamptz[]) d
        where day = '2026-10-08' and tenant_id = '{tenant}';
        insert into productivity.app_user (tenant_id, created_at) values ('{tenant}', '2026-11-16 00:00Z')"
    );
    execute(&mut connection, &late).await;
    let request = Request {
        dry_run: true,
        ..invoked(Newcomers::as_of())
    };
    let changes = db.run(&WeeklyAggregation, &request).await.changes;
    let week = |new_users: i32| json!({"wau": 1, "newUsers": new_users, "sessionsCompleted": 0, "focusSeconds": 0, "goalsCompleted": 0});
    let cell = |classic: i32, rolling: i32| json!({"size": 1, "classic": classic, "rolling": rolling});
    let cohort = |day_1| json!({"1": day_1, "7": cell(1, 1), "14": cell(0, 1), "30": cell(0, 1)});
    let shown: Vec<_> = changes
        .iter()
        .map(|change| (change.subject.as_str(), &change.before, &change.after))
        .collect();
    assert_eq!(
        shown,
        [
            ("week:2026-11-15", &week(0), &week(1)),
            ("cohort:2026-10-01", &cohort(cell(0, 1)), &cohort(cell(1, 1))),
            ("cohort:2026-11-16", &json!({}), &json!({"1": cell(0, 0)})),
        ]
    );
}

#[tokio::test]
async fn a_week_of_any_year_can_be_asked_for() {
    let (db, mut connection, _) = company(1).await;
    for as_of in ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"] {
        let report = db.run(&WeeklyAggregation, &invoked(as_of.parse().unwrap())).await;
        assert_eq!(counted(&report), json!({"rowsWritten": 1}), "{as_of}");
    }
    let weeks = "select min(week_start) as first, max(week_start) as last from productivity.weekly_metric";
    let expected = json!({"first": "0001-12-24 BC", "last": "9999-12-19"});
    assert_eq!(one(&mut connection, weeks).await, expected);
}

proptest! {
    #[test]
    fn no_week_divides_by_nothing(counts in prop::array::uniform8(0..3i32), pool in (0..3i32, 0..3i32)) {
        let [completed, cancelled, expired, new_active, resurrected, dormant, wau, retained] = counts;
        let pool = Pool { size: pool.0, retained: pool.1.min(pool.0) };
        let week = Week {
            start: Newcomers::day(4), wau, new_users: 0, new_active, retained, resurrected, dormant,
            active_days_histogram: vec![0; 7], completed, cancelled, expired, focus_users: 0, focus_seconds: 0,
            p50_session_seconds: None, by_type: json!({}), goals_created: 0, goals_completed: 0, goals_overdue: 0,
            cells: Cells::default(), unknown_zones: vec![], day_1: pool, day_7: pool, day_30: pool, stored: None,
        };
        let metric = Metric::of(&week);
        prop_assert_eq!(metric.completion_rate.is_none(), completed + cancelled + expired == 0);
        prop_assert_eq!(metric.quick_ratio.is_none(), dormant == 0);
        prop_assert_eq!(metric.d7_rate.is_none(), pool.size == 0);
        for rate in [metric.completion_rate, metric.d1_rate, metric.d7_rate, metric.d30_rate].into_iter().flatten() {
            prop_assert!(rate >= Decimal::ZERO && rate <= Decimal::ONE);
        }
        prop_assert_eq!((metric.peak_hour, metric.peak_dow), (None, None));
    }
}
