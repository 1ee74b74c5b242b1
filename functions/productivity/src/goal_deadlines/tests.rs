//! The job end to end.

use serde_json::json;
use shared::testing::{TestDb, all, conformance::Fixture, counted, execute, invoked, one, subject_id};

use super::*;
use crate::reminder::testing::{self, assert_golden};

struct Dreamers;

impl Fixture for Dreamers {
    type Job = GoalDeadlines;

    fn job() -> GoalDeadlines {
        testing::job("utc")
    }

    fn as_of() -> DateTime<Utc> {
        "2026-11-23T09:00:00Z".parse().unwrap()
    }

    /// People with one goal each that is due tomorrow.
    async fn seed(connection: &mut PgConnection, tenant: Uuid, count: u32) -> Result<()> {
        testing::people(connection, tenant, count).await?;
        sqlx::query(
            "insert into productivity.goal (id, tenant_id, user_id, title, due_on, created_at, updated_at)
            select id, tenant_id, id, 'Thesis', '2026-11-24', '2026-01-01 00:00Z', '2026-01-01 00:00Z'
            from productivity.app_user where tenant_id = $1",
        )
        .bind(tenant)
        .execute(connection)
        .await?;
        Ok(())
    }

    fn written() -> (&'static str, &'static str) {
        ("productivity.goal_reminder_mark", "user_id")
    }
}

shared::conformance!(Dreamers);

#[tokio::test]
async fn golden_cases() {
    assert_golden::<Deadlines>(
        include_str!("../../../../tests/golden/goal-deadlines.json"),
        &[(
            "goal_reminder_mark",
            // Those given are as old as the case.
            "select * from productivity.goal_reminder_mark where created_at > '2025-01-01' order by goal_id",
        )],
    )
    .await;
}

async fn company(count: u32) -> (TestDb, PgConnection, Uuid) {
    let db = TestDb::new().await;
    let tenant = db.tenant("productivity", "acme", "UTC").await;
    let mut connection = db.connect().await;
    Dreamers::seed(&mut connection, tenant, count).await.unwrap();
    (db, connection, tenant)
}

#[tokio::test]
async fn what_people_type_changes_nothing_but_the_text() {
    let (db, mut connection, _) = company(1).await;
    execute(
        &mut connection,
        "update productivity.app_user set first_name = E'<script>alert(1)</script>\\r\\nBcc: x';
        update productivity.goal set title = E'A \"b\" & <i>c</i>\\r\\nSubject: d', description = E'<b>\\'e\\'</b>\\n\\nf'",
    )
    .await;
    db.run(&Dreamers::job(), &invoked(Dreamers::as_of())).await;
    let mail = one(&mut connection, "select * from platform.message").await;
    assert_eq!(mail["subject"], "Due tomorrow: A \"b\" & <i>c</i> Subject: d");
    crate::golden::assert_mail_says(
        &mail,
        &[
            "Hi <script>alert(1)</script> Bcc: x,",
            "A \"b\" & <i>c</i> Subject: d",
            "<b>'e'</b> f",
            "Tuesday 24 November 2026",
        ],
    );
    let html = mail["body_html"].as_str().unwrap();
    for tag in ["<script", "<i>", "<b>"] {
        assert!(!html.contains(tag), "{tag} in\n{html}");
    }
}

#[tokio::test]
async fn a_section_shows_twenty_goals_and_the_number_of_the_others() {
    let (db, mut connection, tenant) = company(1).await;
    execute(
        &mut connection,
        &format!(
            "insert into productivity.goal (tenant_id, user_id, title, due_on, priority, created_at)
            select '{tenant}', '{}', 'More ' || n, '2026-11-24', 'high', '2026-01-01 00:00Z'
            from generate_series(1, 24) as n",
            subject_id(tenant, 1)
        ),
    )
    .await;
    let report = db.run(&Dreamers::job(), &invoked(Dreamers::as_of())).await;
    assert_eq!(
        counted(&report),
        json!({"candidates": 1, "eligible": 1, "queuedInApp": 25, "queuedEmail": 1, "goals": 25,
            "bucketTomorrow": 25})
    );
    let facts = "select payload #> '{facts,sections,0}' as section, subject from platform.message";
    let mail = one(&mut connection, facts).await;
    assert_eq!(mail["subject"], "25 goals need you: 25 due tomorrow");
    assert_eq!(mail["section"]["more"], 5);
    let titles: Vec<_> = mail["section"]["goals"].as_array().unwrap().iter().collect();
    assert_eq!(
        (titles.len(), &titles[0]["title"]),
        (20, &json!("More 1")),
        "the most important first"
    );
}

/// A digest is the reader's only channel, and announces no more than it says.
#[tokio::test]
async fn a_goal_of_next_week_that_only_the_application_would_show_is_new_again_tomorrow() {
    let (db, mut connection, tenant) = company(1).await;
    let user = subject_id(tenant, 1);
    execute(
        &mut connection,
        &format!(
            "insert into productivity.notification_pref (tenant_id, user_id, in_app_enabled)
            values ('{tenant}', '{user}', false);
            insert into productivity.goal (tenant_id, user_id, title, due_on, created_at)
            values ('{tenant}', '{user}', 'Later', '2026-11-29', '2026-01-01 00:00Z')"
        ),
    )
    .await;
    let report = db.run(&Dreamers::job(), &invoked(Dreamers::as_of())).await;
    assert_eq!(
        counted(&report),
        json!({"candidates": 1, "eligible": 1, "queuedEmail": 1, "goals": 1, "bucketTomorrow": 1})
    );
    let marks = all(
        &mut connection,
        "select bucket from productivity.goal_reminder_mark",
    )
    .await;
    assert_eq!(marks, [json!({"bucket": "tomorrow"})]);
}
