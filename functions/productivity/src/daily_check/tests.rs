//! The job end to end.

mod mails;

use serde_json::{Value, json};
use shared::testing::{
    TestDb, all, conformance::Fixture, counted, execute, insert, invoked, one, subject_id,
};

use super::*;
use crate::reminder::testing::{self, assert_golden, assert_sendable};

struct Idlers;

impl Fixture for Idlers {
    type Job = DailyCheck;

    fn job() -> DailyCheck {
        testing::job("utc")
    }

    /// A Monday.
    fn as_of() -> DateTime<Utc> {
        "2026-11-23T18:00:00Z".parse().unwrap()
    }

    /// People who were there this morning and worked on Friday.
    async fn seed(connection: &mut PgConnection, tenant: Uuid, count: u32) -> Result<()> {
        testing::people(connection, tenant, count).await?;
        for statement in [
            "update productivity.app_user set last_active_at = '2026-11-23 08:00Z' where tenant_id = $1",
            "insert into productivity.timer_session
                (id, tenant_id, user_id, status, started_at, ended_at, actual_seconds, created_at, updated_at)
            select id, tenant_id, id, 'completed', '2026-11-20 10:00Z', '2026-11-20 10:25Z', 1500, '2026-11-20 10:00Z',
                '2026-11-20 10:25Z'
            from productivity.app_user where tenant_id = $1",
        ] {
            sqlx::query(statement).bind(tenant).execute(&mut *connection).await?;
        }
        Ok(())
    }

    fn written() -> (&'static str, &'static str) {
        ("productivity.contact_log", "user_id")
    }
}

shared::conformance!(Idlers);

#[tokio::test]
async fn golden_cases() {
    assert_golden::<Check>(include_str!("../../../../tests/golden/daily-check.json"), &[]).await;
}

async fn company(count: u32) -> (TestDb, PgConnection, Uuid) {
    let db = TestDb::new().await;
    let tenant = db.tenant("productivity", "acme", "UTC").await;
    let mut connection = db.connect().await;
    Idlers::seed(&mut connection, tenant, count).await.unwrap();
    (db, connection, tenant)
}

/// Works for so many seconds, up to an instant.
async fn work(connection: &mut PgConnection, user: Uuid, until: &str, seconds: u32) {
    let session = format!(
        "insert into productivity.timer_session (tenant_id, user_id, status, started_at, ended_at, actual_seconds)
        select tenant_id, id, 'completed', '{until}'::timestamptz - interval '1 second' * {seconds}, '{until}', {seconds}
        from productivity.app_user where id = '{user}'"
    );
    execute(connection, &session).await;
}

/// Somebody who looks in every day and works on two of them.
#[tokio::test]
async fn between_two_sessions_there_are_three_nudges_and_one_mail() {
    let (db, mut connection, tenant) = company(1).await;
    let user = subject_id(tenant, 1);
    execute(&mut connection, "delete from productivity.timer_session").await;
    work(&mut connection, user, "2026-11-16T20:00:00Z", 1500).await;
    let nudged = |and: Value| {
        let mut counters =
            json!({"candidates": 1, "eligible": 1, "queuedInApp": 1, "queuedPush": 1, "nudged": 1});
        counters
            .as_object_mut()
            .unwrap()
            .extend(and.as_object().unwrap().clone());
        counters
    };
    let enough = json!({"candidates": 1, "eligible": 1, "skippedCap": 1});
    for (day, expected) in [
        ("17", nudged(json!({}))),
        ("18", nudged(json!({"queuedEmail": 1}))),
        ("19", nudged(json!({"skippedDuplicate": 1}))),
        ("20", enough.clone()),
        // Worked that morning.
        ("21", json!({"candidates": 1, "hadActivity": 1})),
        ("22", nudged(json!({}))),
        ("23", nudged(json!({"queuedEmail": 1}))),
        ("24", nudged(json!({"skippedDuplicate": 1}))),
        ("25", enough),
    ] {
        let seen = format!("update productivity.app_user set last_active_at = '2026-11-{day} 09:00Z'");
        execute(&mut connection, &seen).await;
        if day == "21" {
            work(&mut connection, user, "2026-11-21T09:00:00Z", 1500).await;
        }
        let as_of = format!("2026-11-{day}T18:00:00Z").parse().unwrap();
        let report = db.run(&Idlers::job(), &invoked(as_of)).await;
        assert_eq!(counted(&report), expected, "November {day}");
    }
    assert_sendable(&mut connection, "all").await;
}

/// A run each quarter of an hour, as the local clock has it.
#[tokio::test]
async fn everybody_is_nudged_once_on_his_own_evening() {
    let db = TestDb::new().await;
    let tenant = db.tenant("productivity", "acme", "Asia/Tokyo").await;
    let mut connection = db.connect().await;
    Idlers::seed(&mut connection, tenant, 3).await.unwrap();
    for (n, zone) in [(1, "'Asia/Kathmandu'"), (2, "'Mars/Olympus'"), (3, "null")] {
        let zone = format!(
            "update productivity.app_user set time_zone = {zone} where id = '{}'",
            subject_id(tenant, n)
        );
        execute(&mut connection, &zone).await;
    }
    let mut nudged = Vec::new();
    for quarter in 0..28 {
        let as_of = Idlers::as_of() + chrono::TimeDelta::minutes(15 * (quarter - 40));
        let report = db.run(&testing::job::<Check>("local"), &invoked(as_of)).await;
        if report.counters["nudged"] != 0 {
            nudged.push(format!("{} {}", as_of.format("%H:%M"), counted(&report)));
        }
    }
    assert_eq!(
        nudged,
        [
            r#"09:00 {"candidates":2,"eligible":2,"queuedEmail":2,"queuedPush":2,"queuedInApp":2,"timezoneFallbacks":1,"nudged":2}"#,
            r#"12:15 {"candidates":1,"eligible":1,"queuedEmail":1,"queuedPush":1,"queuedInApp":1,"nudged":1}"#,
        ]
    );
    let expire = "select expires_at at time zone 'UTC' as until, count(*) from platform.notification group by 1 order by 1";
    assert_eq!(
        all(&mut connection, expire).await,
        [
            json!({"until": "2026-11-23T15:00:00", "count": 4}),
            json!({"until": "2026-11-23T18:15:00", "count": 2}),
        ]
    );
}

#[tokio::test]
async fn a_channel_that_is_closed_costs_no_other() {
    for (closed, expected) in [
        (
            "insert into productivity.notification_pref (tenant_id, user_id, in_app_enabled, push_enabled)
            select tenant_id, id, false, false from productivity.app_user",
            json!({"queuedEmail": 1}),
        ),
        (
            "insert into productivity.notification_pref (tenant_id, user_id, push_enabled, email_enabled)
            select tenant_id, id, false, false from productivity.app_user",
            json!({"queuedInApp": 1, "skippedPref": 1, "nudged": 1}),
        ),
        (
            "insert into platform.suppression (tenant_id, address, reason)
            select tenant_id, lower(email), 'bounced' from productivity.app_user",
            json!({"queuedInApp": 1, "queuedPush": 1, "skippedSuppressed": 1, "nudged": 1}),
        ),
    ] {
        let (db, mut connection, _) = company(1).await;
        execute(&mut connection, closed).await;
        let report = db.run(&Idlers::job(), &invoked(Idlers::as_of())).await;
        let mut counters = counted(&report);
        counters
            .as_object_mut()
            .unwrap()
            .retain(|name, _| name != "candidates" && name != "eligible");
        assert_eq!(counters, expected, "{closed}");
        let nudges = "select dedupe_key from productivity.contact_log where kind = 'daily_nudge'";
        let is_nudged = expected["nudged"] == 1;
        assert_eq!(
            all(&mut connection, nudges).await.len(),
            usize::from(is_nudged),
            "{closed}"
        );
    }
}

/// Timers that were left in a state that no clock explains, and a clock that was set back to ask about the past.
#[tokio::test]
async fn no_session_is_looked_at_beyond_the_clock_nor_makes_a_run_fail() {
    let ended = |status: &str, started_at: &str, ended_at: &str, actual_seconds: Option<i32>| json!({"status": status, "started_at": started_at, "ended_at": ended_at, "actual_seconds": actual_seconds});
    let live = |status: &str, started_at: &str, paused_at: Option<&str>| json!({"status": status, "started_at": started_at, "paused_at": paused_at});
    for (session, expected) in [
        (
            ended(
                "completed",
                "2026-11-23T19:00:00Z",
                "2026-11-23T19:25:00Z",
                Some(1500),
            ),
            "nudged",
        ),
        (
            ended(
                "completed",
                "2026-11-23T17:50:00Z",
                "2026-11-23T18:15:00Z",
                Some(1500),
            ),
            "hadActivity",
        ),
        (
            ended("completed", "2026-11-23T12:00:00Z", "2026-11-22T12:00:00Z", None),
            "nudged",
        ),
        (
            ended(
                "completed",
                "1900-01-01T00:00:00Z",
                "2299-12-31T00:00:00Z",
                Some(i32::MAX),
            ),
            "hadActivity",
        ),
        (
            ended("cancelled", "1900-01-01T00:00:00Z", "2299-12-31T00:00:00Z", None),
            "hadActivity",
        ),
        (live("running", "2026-11-23T19:00:00Z", None), "nudged"),
        (
            live("paused", "2026-11-23T12:00:00Z", Some("2200-01-01T00:00:00Z")),
            "hadActivity",
        ),
        (
            live("paused", "2026-11-23T12:00:00Z", Some("1900-01-01T00:00:00Z")),
            "nudged",
        ),
    ] {
        let (db, mut connection, tenant) = company(1).await;
        let mut row = session.clone();
        row["tenant_id"] = json!(tenant);
        row["user_id"] = json!(subject_id(tenant, 1));
        insert(&mut connection, "productivity.timer_session", &row).await;
        let report = db.run(&Idlers::job(), &invoked(Idlers::as_of())).await;
        assert_eq!(
            (report.totals.failed, &report.counters[expected]),
            (0, &json!(1)),
            "{session}"
        );
    }
}
