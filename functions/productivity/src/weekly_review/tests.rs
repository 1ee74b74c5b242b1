//! The job end to end.

use serde_json::json;
use shared::testing::{
    TestDb, all, conformance::Fixture, counted, execute, insert, invoked, one, subject_id,
};

use super::*;
use crate::{
    golden,
    reminder::testing::{self, assert_golden},
};

struct Workers;

impl Fixture for Workers {
    type Job = WeeklyReview;

    fn job() -> WeeklyReview {
        testing::job("utc")
    }

    fn as_of() -> DateTime<Utc> {
        "2026-11-22T19:00:00Z".parse().unwrap()
    }

    /// People who completed a session of half an hour on Saturday.
    async fn seed(connection: &mut PgConnection, tenant: Uuid, count: u32) -> Result<()> {
        testing::people(connection, tenant, count).await?;
        sqlx::query(
            "insert into productivity.timer_session
                (id, tenant_id, user_id, started_at, ended_at, actual_seconds, status, created_at, updated_at)
            select id, tenant_id, id, '2026-11-21 08:00Z', '2026-11-21 08:30Z', 1800, 'completed',
                '2026-11-21 08:00Z', '2026-11-21 08:30Z'
            from productivity.app_user where tenant_id = $1",
        )
        .bind(tenant)
        .execute(connection)
        .await?;
        Ok(())
    }

    fn written() -> (&'static str, &'static str) {
        ("productivity.user_weekly_review", "user_id")
    }
}

shared::conformance!(Workers);

#[tokio::test]
async fn golden_cases() {
    assert_golden::<Weekly>(
        include_str!("../../../../tests/golden/weekly-review.json"),
        &[(
            "user_weekly_review",
            "select * from productivity.user_weekly_review order by user_id",
        )],
    )
    .await;
}

async fn company() -> (TestDb, PgConnection, Uuid, Uuid) {
    let db = TestDb::new().await;
    let tenant = db.tenant("productivity", "acme", "UTC").await;
    let mut connection = db.connect().await;
    Workers::seed(&mut connection, tenant, 1).await.unwrap();
    (db, connection, tenant, subject_id(tenant, 1))
}

#[tokio::test]
async fn a_mail_tells_the_week_and_what_people_type_changes_nothing_but_the_text() {
    let (db, mut connection, tenant, user) = company().await;
    for goal in [
        json!({"title": "A <b>&\r\nb", "status": "completed", "completed_at": "2026-11-20T08:00:00Z"}),
        json!({"title": "Of the week before", "status": "completed", "completed_at": "2026-11-15T18:59:59Z"}),
        json!({"title": "Thesis", "due_on": "2026-11-23"}),
        json!({"title": "In a week", "due_on": "2026-11-29"}),
        json!({"title": "Later", "due_on": "2026-11-30"}),
        json!({"title": "Today", "due_on": "2026-11-22"}),
        json!({"title": "Late", "due_on": "2026-11-21"}),
        json!({"title": "Done", "due_on": "2026-11-21", "progress": 100}),
    ] {
        let mut row = json!({"tenant_id": tenant, "user_id": user, "created_at": "2026-01-01T00:00:00Z"});
        row.as_object_mut()
            .unwrap()
            .extend(goal.as_object().unwrap().clone());
        insert(&mut connection, "productivity.goal", &row).await;
    }
    execute(
        &mut connection,
        &format!(
            "insert into productivity.timer_session (tenant_id, user_id, started_at, ended_at, actual_seconds, status)
            values
                ('{tenant}', '{user}', '2026-11-10 08:00Z', '2026-11-10 09:00Z', 2700, 'completed'),
                ('{tenant}', '{user}', '2026-11-21 09:00Z', '2026-11-21 09:10Z', 600, 'cancelled'),
                ('{tenant}', '{user}', '2026-11-22 08:00Z', '2026-11-22 09:00Z', 3600, 'completed')"
        ),
    )
    .await;
    db.run(&Workers::job(), &invoked(Workers::as_of())).await;
    let mail = one(&mut connection, "select * from platform.message").await;
    assert_eq!(mail["subject"], "Your week: 1 h 40 min focused, 1 goal done");
    golden::assert_mail_says(
        &mail,
        &[
            "Here is your week in review.",
            "1 h 40 min (122.2 % more than the week before)",
            "2 (66.7 % of those that ended)",
            "2/7",
            "Sunday 22 November 2026",
            "A <b>& b",
            "Today: Sunday 22 November 2026",
            "Thesis: Monday 23 November 2026",
            "In a week: Sunday 29 November 2026",
            "Late: Saturday 21 November 2026",
            "Try shorter sessions",
        ],
    );
    let facts = mail["payload"]["facts"].to_string();
    for other in ["Of the week before", "Later", "Done"] {
        assert!(!facts.contains(other), "{other} in {facts}");
    }
    assert_eq!(mail["payload"]["facts"]["change"], json!({"percent": "122.2"}));
    assert_eq!(mail["payload"]["facts"]["streak"], 2);
    assert_eq!(mail["payload"]["facts"]["link"], "https://app.example/dashboard");
    assert!(!mail["body_html"].as_str().unwrap().contains("<b>"));
}

#[tokio::test]
async fn five_goals_of_each_kind_are_named_and_the_others_are_a_number() {
    let (db, mut connection, tenant, user) = company().await;
    execute(
        &mut connection,
        &format!(
            "insert into productivity.goal (tenant_id, user_id, title, priority, due_on, created_at)
            select '{tenant}', '{user}', kind || ' ' || n, case n when 7 then 'urgent' else 'low' end, due_on,
                '2026-01-01 00:00Z'
            from generate_series(1, 7) as n, (values ('Soon', '2026-11-25'::date), ('Late', '2026-01-01')) as k (kind, due_on)"
        ),
    )
    .await;
    db.run(&Workers::job(), &invoked(Workers::as_of())).await;
    let mail = one(&mut connection, "select * from platform.message").await;
    let facts = &mail["payload"]["facts"];
    for (kind, title) in [("dueSoon", "Soon"), ("overdue", "Late")] {
        let goals = facts[kind]["goals"].as_array().unwrap();
        let titles: Vec<_> = goals.iter().map(|goal| goal["title"].clone()).collect();
        let expected = [7, 1, 2, 3, 4].map(|n| json!(format!("{title} {n}")));
        assert_eq!(titles, expected, "the more important first");
        assert_eq!(facts[kind]["more"], 2);
    }
    assert_eq!(facts["suggestion"], "Split the overdue goal into a smaller step");
    golden::assert_mail_says(&mail, &["+2 more"]);
}

/// A week is told once, and kept as it is known to be.
#[tokio::test]
async fn a_later_run_writes_what_has_changed_and_tells_nobody_again() {
    let (db, mut connection, tenant, user) = company().await;
    let first = db.run(&Workers::job(), &invoked(Workers::as_of())).await;
    let told = json!({"candidates": 1, "eligible": 1, "reviews": 1, "withComparison": 1, "queuedInApp": 1,
        "queuedEmail": 1});
    assert_eq!(counted(&first), told);
    execute(
        &mut connection,
        &format!(
            "insert into productivity.timer_session (tenant_id, user_id, started_at, ended_at, actual_seconds, status)
            values
                ('{tenant}', '{user}', '2026-11-22 18:00Z', '2026-11-22 18:59:59Z', 3600, 'completed'),
                ('{tenant}', '{user}', '2026-11-22 19:00Z', '2026-11-22 19:30Z', 1800, 'completed')"
        ),
    )
    .await;
    let at = |minutes| Workers::as_of() + TimeDelta::minutes(minutes);
    let review = "select focus_seconds, streak, computed_at, xmin::text from productivity.user_weekly_review";
    for (minutes, seconds) in [(60, 5400), (120, 5400)] {
        let again = db.run(&Workers::job(), &invoked(at(minutes))).await;
        let known =
            json!({"candidates": 1, "eligible": 1, "reviews": 1, "withComparison": 1, "skippedDuplicate": 2});
        assert_eq!(counted(&again), known);
        let row = one(&mut connection, review).await;
        assert_eq!(
            (&row["focus_seconds"], &row["streak"]),
            (&json!(seconds), &json!(2))
        );
        assert_eq!(row["computed_at"], "2026-11-22T20:00:00+00:00", "{minutes}");
    }
    let late = db.run(&Workers::job(), &invoked(at(180))).await;
    assert_eq!(counted(&late), json!({}), "the slot is over");
}

#[tokio::test]
async fn a_streak_is_told_from_days_that_were_counted_up_to_a_year_back() {
    let (db, mut connection, tenant, user) = company().await;
    for (last, days, streak) in [
        ("2026-11-20", 400, 365),
        ("2026-11-20", 4, 5),
        ("2026-11-20", 3, 4),
        ("2026-11-20", 1, 2),
        ("2026-11-19", 400, 1),
        ("2026-11-22", 3, 3),
        ("2026-11-22", 400, 366),
    ] {
        execute(
            &mut connection,
            &format!(
                "delete from productivity.user_daily_focus;
                insert into productivity.user_daily_focus (tenant_id, user_id, day, sessions_completed,
                    sessions_cancelled, sessions_expired, sessions_counted, focus_seconds, break_sessions,
                    break_seconds, by_type, computed_at)
                select '{tenant}', '{user}', '{last}'::date - n, 1, 0, 0, 1, 60, 0, 0, '{{}}', now()
                from generate_series(0, {days} - 1) as n;
                update productivity.user_daily_focus set sessions_completed = 0 where day = '2025-06-01'"
            ),
        )
        .await;
        db.run(&Workers::job(), &invoked(Workers::as_of())).await;
        let row = one(
            &mut connection,
            "select streak from productivity.user_weekly_review",
        )
        .await;
        assert_eq!(
            row["streak"], streak,
            "{days} days up to {last}, and a session on the 21st"
        );
    }
}

/// No number that a session can hold is more than a review can.
#[tokio::test]
async fn lengths_that_cannot_be_are_capped() {
    let (db, mut connection, tenant, user) = company().await;
    execute(
        &mut connection,
        &format!(
            "insert into productivity.timer_session
                (tenant_id, user_id, started_at, ended_at, actual_seconds, paused_seconds, status)
            values
                ('{tenant}', '{user}', '1900-01-01 00:00Z', '2026-11-20 08:00Z', null, -2147483648, 'completed'),
                ('{tenant}', '{user}', '2299-12-31 00:00Z', '2026-11-20 08:00Z', null, 2147483647, 'expired'),
                ('{tenant}', '{user}', '2026-11-20 00:00Z', '2026-11-20 08:00Z', 2147483647, 0, 'cancelled')"
        ),
    )
    .await;
    db.run(&Workers::job(), &invoked(Workers::as_of())).await;
    let rows = all(
        &mut connection,
        "select focus_seconds, completion_rate::text, best_day from productivity.user_weekly_review",
    )
    .await;
    let expected =
        json!({"focus_seconds": 1800 + 2 * 28_800, "completion_rate": "0.5000", "best_day": "2026-11-20"});
    assert_eq!(rows, [expected]);
}
