//! The job end to end.

use serde_json::json;
use shared::testing::{TestDb, conformance::Fixture, counted, execute, invoked, one};

use super::*;
use crate::reminder::testing::{self, assert_golden};

struct Workers;

impl Fixture for Workers {
    type Job = BreakReminders;

    fn job() -> BreakReminders {
        testing::job("utc")
    }

    /// A Monday.
    fn as_of() -> DateTime<Utc> {
        "2026-11-23T10:00:00Z".parse().unwrap()
    }

    /// People whose timers run since 09:05.
    async fn seed(connection: &mut PgConnection, tenant: Uuid, count: u32) -> Result<()> {
        testing::people(connection, tenant, count).await?;
        sqlx::query(
            "insert into productivity.timer_session
                (id, tenant_id, user_id, started_at, status, created_at, updated_at)
            select id, tenant_id, id, '2026-11-23 09:05Z', 'running', '2026-11-23 09:05Z', '2026-11-23 09:05Z'
            from productivity.app_user where tenant_id = $1",
        )
        .bind(tenant)
        .execute(connection)
        .await?;
        Ok(())
    }

    fn written() -> (&'static str, &'static str) {
        ("platform.notification", "recipient_id")
    }
}

shared::conformance!(Workers);

#[tokio::test]
async fn golden_cases() {
    assert_golden::<Breaks>(include_str!("../../../../tests/golden/break-reminders.json"), &[]).await;
}

#[tokio::test]
async fn whoever_forgot_his_timer_is_asked_once_and_not_told_of_breaks() {
    let db = TestDb::new().await;
    let tenant = db.tenant("productivity", "acme", "UTC").await;
    let mut connection = db.connect().await;
    Workers::seed(&mut connection, tenant, 1).await.unwrap();
    execute(
        &mut connection,
        "update productivity.timer_session
        set started_at = '2026-11-22 22:30Z', title = E'Thesis <i>\\r\\nx', type = 'pomodoro'",
    )
    .await;
    let as_of = Workers::as_of();
    let asked = json!({"candidates": 1, "eligible": 1, "queuedInApp": 1, "queuedEmail": 1, "forgotten": 1});
    let report = db.run(&Workers::job(), &invoked(as_of)).await;
    assert_eq!(counted(&report), asked);
    let later = db
        .run(&Workers::job(), &invoked(as_of + TimeDelta::minutes(25)))
        .await;
    let nothing = json!({"candidates": 1, "eligible": 1, "skippedDuplicate": 2});
    assert_eq!(counted(&later), nothing);
    let mail = one(&mut connection, "select * from platform.message").await;
    crate::golden::assert_mail_says(
        &mail,
        &[
            "Thesis <i> x",
            "Sunday 22 November 2026 at 22:30",
            "11 h 30 min so far",
        ],
    );
}
