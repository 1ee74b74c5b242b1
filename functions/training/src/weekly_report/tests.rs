//! The job end to end: the golden cases, what it writes and leaves, and a year of its ticks.

mod golden_cases;
mod selection;
mod year;

use serde_json::json;
use shared::{
    report::{Report as RunReport, Status},
    request::Request,
    testing::{TestDb, conformance::Fixture, counted, decided, execute, invoked, one, subject_id},
};

use super::*;
use crate::testing;

struct Lifters;

impl Fixture for Lifters {
    type Job = WeeklyReport;

    fn job() -> WeeklyReport {
        WeeklyReport
    }

    /// A Monday, 04:00 in UTC.
    fn as_of() -> DateTime<Utc> {
        "2026-11-23T04:00:00Z".parse().unwrap()
    }

    /// Users who trained on as many days of the week as their number says, and once long before.
    async fn seed(connection: &mut PgConnection, tenant: Uuid, count: u32) -> Result<()> {
        let newest = "2026-11-22T18:00:00Z".parse()?;
        testing::lifters(connection, tenant, count, newest, &[50]).await
    }

    fn written() -> (&'static str, &'static str) {
        ("training.weekly_report", "user_id")
    }
}

shared::conformance!(Lifters);

/// An app with so many of the fixture's users.
async fn app(count: u32) -> (TestDb, PgConnection, Uuid) {
    testing::app::<Lifters>(count).await
}

async fn run_at(db: &TestDb, as_of: DateTime<Utc>) -> RunReport {
    db.run(&WeeklyReport, &invoked(as_of)).await
}

#[tokio::test]
async fn each_report_comes_with_its_prediction_and_its_notice_and_only_once() {
    let (db, mut connection, _) = app(4).await;
    let as_of = Lifters::as_of();
    let expected = json!({"generated": 3, "insufficientData": 1, "predictions": 4, "notifications": 4});
    assert_eq!(counted(&run_at(&db, as_of).await), expected);
    let rows = "select
            (select count(*) from training.weekly_report) as reports,
            (select count(*) from training.prediction) as predictions,
            (select count(*) from platform.notification) as notices,
            (select bool_and(r.id <> p.id and n.body = r.narrative and p.week_start = r.week_start
                    and n.dedupe_key = 'weekly-report:' || r.user_id || ':2026-11-16')
                from training.weekly_report r
                join training.prediction p on p.user_id = r.user_id
                join platform.notification n on n.recipient_id = r.user_id) as are_of_one_piece";
    assert_eq!(
        one(&mut connection, rows).await,
        json!({"reports": 4, "predictions": 4, "notices": 4, "are_of_one_piece": true})
    );
    let state = db.state("training").await;
    // The next tick selects only the one of whom there was too little to tell, and there is no more now.
    let next = run_at(&db, as_of + TimeDelta::hours(1)).await;
    assert_eq!((next.totals.total, counted(&next)), (1, json!({"unchanged": 1})));
    assert_eq!(db.state("training").await, state);
}

#[tokio::test]
async fn a_report_that_told_too_little_is_rewritten_with_its_notice_unless_that_was_read() {
    let (db, mut connection, tenant) = app(0).await;
    for n in 1..=2 {
        let user = subject_id(tenant, n);
        execute(
            &mut connection,
            &format!(
                "insert into training.app_user (id, tenant_id, time_zone, entitlement, registered_at)
                values ('{user}', '{tenant}', 'UTC', 'pro', '2026-01-01 00:00Z')"
            ),
        )
        .await;
    }
    let as_of = Lifters::as_of();
    assert_eq!(
        counted(&run_at(&db, as_of).await),
        json!({"insufficientData": 2, "predictions": 2, "notifications": 2})
    );
    let late = format!(
        "insert into training.workout (tenant_id, user_id, lifecycle_status, completion_status, start_time)
        select '{tenant}', u.id, 'finalized', 'completed', w.at
        from training.app_user u, (values (timestamptz '2026-11-17 06:00Z'), ('2026-11-19 06:00Z')) as w (at);
        update platform.notification set read_at = now() where recipient_id = '{}'",
        subject_id(tenant, 2)
    );
    execute(&mut connection, &late).await;
    let catch_up = as_of + TimeDelta::hours(2);
    assert_eq!(
        counted(&run_at(&db, catch_up).await),
        json!({"upgraded": 2, "predictions": 2, "notifications": 1, "catchUp": 2})
    );
    let notices = "select
            array_agg(title order by recipient_id) as titles,
            (select array_agg(distinct status) from training.weekly_report) as status,
            (select array_agg(distinct generated_at) from training.weekly_report) as generated_at,
            (select array_agg(distinct computed_at) from training.prediction) as computed_at,
            array_agg(distinct expires_at) as expires_at
        from platform.notification";
    let at = "2026-11-23T06:00:00+00:00";
    assert_eq!(
        one(&mut connection, notices).await,
        json!({
            "titles": ["Your week: 2 workouts", "Your week: no workouts"], "status": ["generated"],
            "generated_at": [at], "computed_at": [at], "expires_at": ["2026-12-21T04:00:00+00:00"],
        })
    );
    assert_eq!(run_at(&db, catch_up + TimeDelta::days(1)).await.totals.total, 0);
}

#[tokio::test]
async fn a_generated_report_stays_as_it_is_whatever_comes_late() {
    let (db, mut connection, tenant) = app(3).await;
    run_at(&db, Lifters::as_of()).await;
    let late = format!(
        "insert into training.workout (tenant_id, user_id, lifecycle_status, completion_status, start_time)
        values ('{tenant}', '{}', 'finalized', 'completed', '2026-11-16 06:00Z')",
        subject_id(tenant, 3)
    );
    execute(&mut connection, &late).await;
    let state = db.state("training").await;
    let next = run_at(&db, Lifters::as_of() + TimeDelta::hours(1)).await;
    assert_eq!(next.totals.total, 1, "the first user's");
    assert_eq!(db.state("training").await, state);
}

#[tokio::test]
async fn what_another_run_wrote_meanwhile_is_left() {
    let (_db, mut connection, _) = app(3).await;
    let tenant = shared::testing::tenant("fit", "UTC");
    let (scope, changes) = decided(&WeeklyReport, &mut connection, tenant, Lifters::as_of()).await;
    let first = WeeklyReport
        .write(&mut connection, &scope, &changes)
        .await
        .unwrap();
    assert_eq!((first.generated, first.insufficient_data), (2, 1));
    let again = WeeklyReport
        .write(&mut connection, &scope, &changes)
        .await
        .unwrap();
    let expected = Counters {
        unchanged: 3,
        ..Counters::default()
    };
    assert_eq!(again, expected);
}

#[tokio::test]
async fn a_dry_run_shows_the_report_in_words() {
    let (db, _connection, tenant) = app(2).await;
    let request = Request {
        dry_run: true,
        ..invoked(Lifters::as_of())
    };
    let changes = db.run(&WeeklyReport, &request).await.changes;
    assert_eq!(changes[1].subject, format!("user:{}", subject_id(tenant, 2)));
    assert_eq!(changes[1].before, Value::Null);
    let expected = json!({
        "weekStart": "2026-11-16", "status": "generated",
        "narrative": "You completed 2 workouts on 2 days in the week from 2026-11-16 (target 3). Total volume 1000.0 kg. \
            Good work: you trained on more days than the week before. Next: Hit your target workouts this week.",
        "nextMilestone": "First fitness milestone", "nextMilestoneWeeks": 6,
    });
    assert_eq!(changes[1].after, expected);
}
