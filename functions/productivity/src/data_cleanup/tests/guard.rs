//! The guard: too much of a table at once, and nothing of it goes.

use serde_json::{Value, json};
use shared::report::Status;
use shared::testing::{TestDb, execute, invoked, one};
use sqlx::PgConnection;
use uuid::Uuid;

use super::super::{DataCleanup, guard::is_guarded};
use super::{JOB, as_of, done, tried};

const FORCED: DataCleanup = DataCleanup {
    is_forced: true,
    ..JOB
};

async fn company() -> (TestDb, PgConnection, String) {
    let db = TestDb::new().await;
    let tenant: Uuid = db.tenant("productivity", "acme", "UTC").await;
    let mut connection = db.connect().await;
    execute(&mut connection, "set time zone 'UTC'").await;
    (db, connection, format!("'{tenant}'::uuid"))
}

#[test]
fn a_guard_cannot_overflow() {
    assert!(is_guarded(u64::MAX, u64::MAX));
    assert!(!is_guarded(3001, u64::MAX));
}

/// 12,000 minutes of which 3,601 are due; notifications of which the read and the unread ones are too many together; and messages
/// that are too many to be deleted, beside old texts.
async fn seed(connection: &mut PgConnection, tenant: &str) {
    let rows = "
        insert into productivity.http_minute_stat (tenant_id, minute_at, route)
        select $tenant, timestamptz '2024-05-31 04:00Z' + (n - 3602) * interval '1 minute', '/'
        from generate_series(1, 12000) n;
        insert into platform.notification (tenant_id, recipient_id, kind, title, dedupe_key, read_at, created_at)
        select $tenant, $tenant, 'x', 'x', n::text, case when n <= 1801 then timestamptz '2024-01-01 00:00Z' end,
            case when n <= 3601 then timestamptz '2023-12-01 00:00Z' else '2024-06-01 00:00Z' end
        from generate_series(1, 12000) n;
        insert into platform.message (tenant_id, job, channel, dedupe_key, target, body_text, status, created_at)
        select $tenant, 'x', 'email', n::text, 'x@example.org', 'Hi', 'sent',
            case when n <= 3601 then timestamptz '2023-01-01 00:00Z' else '2024-01-01 00:00Z' end
        from generate_series(1, 12000) n;
        insert into productivity.behavior_insight (
            tenant_id, window_start, sessions, sessions_completed, adherence_base, adherence_kept, by_type, hours,
            computed_at
        )
        values ($tenant, '2023-01-01 00:00Z', 0, 0, 0, 0, '{}', array_fill(0, '{24}'), '2023-01-01 00:00Z')";
    execute(connection, &rows.replace("$tenant", tenant)).await;
}

#[tokio::test]
async fn a_table_that_would_lose_too_much_loses_nothing_unless_it_is_forced() {
    let (db, mut connection, tenant) = company().await;
    seed(&mut connection, &tenant).await;
    for request in [tried(), invoked(as_of())] {
        let report = db.run(&JOB, &request).await;
        assert_eq!(report.status, Status::Partial);
        assert_eq!((report.totals.total, report.totals.failed), (4, 3));
        assert_eq!(done(&report), json!({"deletedMetrics": 1, "guarded": 3}));
        let errors: Vec<_> = report
            .errors
            .iter()
            .map(|error| (error.subject.as_str(), error.message.as_str()))
            .collect();
        let why = "3601 of 12000 rows are due, more than 30 %: nothing was done (CLEANUP_FORCE=true lifts this guard)";
        assert_eq!(
            errors,
            [
                ("step:http_minute_stat", why),
                ("step:notification", why),
                ("step:message", why)
            ]
        );
    }
    let forced = db.run(&FORCED, &invoked(as_of())).await;
    assert_eq!(
        done(&forced),
        json!({"deletedMetrics": 3601, "deletedNotifications": 3601, "deletedMails": 3601, "scrubbedMails": 8399})
    );
    assert_eq!(forced.status, Status::Succeeded);
}

#[tokio::test]
async fn a_table_that_would_lose_not_more_than_its_share_loses_it() {
    let (db, mut connection, tenant) = company().await;
    seed(&mut connection, &tenant).await;
    execute(
        &mut connection,
        "update productivity.http_minute_stat set minute_at = '2024-06-30 00:00Z' where minute_at = '2024-05-31 03:59Z';
        update platform.notification set read_at = '2024-06-01 00:00Z' where dedupe_key = '1';
        update platform.message set created_at = '2024-01-01 00:00Z' where dedupe_key = '1'",
    )
    .await;
    for request in [tried(), invoked(as_of())] {
        let report = db.run(&JOB, &request).await;
        let expected = json!({
            "deletedMetrics": 3601, "deletedNotifications": 3600, "deletedMails": 3600, "scrubbedMails": 8400,
        });
        assert_eq!(done(&report), expected);
    }
}

/// Old sessions of twenty-one people, each on a day of its own, of which so many days have been counted.
async fn seed_sessions(connection: &mut PgConnection, tenant: &str, counted: u32) {
    let rows = "
        insert into productivity.app_user (id, tenant_id, created_at)
        select md5('user' || n)::uuid, $tenant, '2020-01-01 00:00Z' from generate_series(0, 20) n;
        with session as (
            insert into productivity.timer_session (tenant_id, user_id, started_at, ended_at, status, updated_at)
            select $tenant, md5('user' || n % 21)::uuid, at, at, 'completed', at
            from generate_series(1, 21000) n
            cross join lateral (select timestamptz '2023-12-31 12:00Z' - n / 21 * interval '1 day') a (at)
            returning user_id, ended_at
        )
        insert into productivity.user_daily_focus (
            tenant_id, user_id, day, sessions_completed, sessions_cancelled, sessions_expired, sessions_counted,
            focus_seconds, break_sessions, break_seconds, by_type, computed_at
        )
        select $tenant, user_id, ended_at::date, 1, 0, 0, 1, 1500, 0, 0, '{}', ended_at from session
        order by session.ended_at desc, session.user_id limit $counted";
    let rows = rows
        .replace("$tenant", tenant)
        .replace("$counted", &counted.to_string());
    execute(connection, &rows).await;
}

#[tokio::test]
async fn sessions_that_are_blocked_are_none_that_would_go() {
    let places = "select (select count(*) from productivity.timer_session) as live,
        (select count(*) from productivity.timer_session_archive) as archived";
    for (counted, expected, left) in [
        (6301, json!({"guarded": 1}), json!({"live": 21000, "archived": 0})),
        (
            6300,
            json!({"archivedSessions": 6300, "blocked": 14700}),
            json!({"live": 14700, "archived": 6300}),
        ),
    ] {
        let (db, mut connection, tenant) = company().await;
        seed_sessions(&mut connection, &tenant, counted).await;
        for request in [tried(), invoked(as_of())] {
            let report = db.run(&JOB, &request).await;
            assert_eq!(done(&report), expected, "{counted} counted");
            if let Some(error) = report.errors.first() {
                assert_eq!(error.subject, "step:timer_session");
                assert!(
                    error.message.starts_with("6301 of 21000 rows are due"),
                    "{}",
                    error.message
                );
            }
        }
        let places: Value = one(&mut connection, places).await;
        assert_eq!(places, left);
    }
}
