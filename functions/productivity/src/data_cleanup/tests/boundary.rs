//! Every cut-off, to the microsecond: of two rows the one just before it is due, the one at it is not.

use shared::testing::{TestDb, all, execute, invoked};

use super::{JOB, as_of, done};
use serde_json::json;

/// Beside a company with a user who has the goal and the days that the rows below need.
const WORLD: &str = "
    set time zone 'UTC';
    insert into productivity.app_user (id, tenant_id, deleted_at, created_at)
    select md5('user' || n)::uuid, $tenant, at, '2020-01-01 00:00Z'
    from unnest('{NULL, 2024-05-31 03:59:59.999999Z, 2024-05-31 04:00Z}'::timestamptz[]) with ordinality u (at, n);
    insert into productivity.user_daily_focus (
        tenant_id, user_id, day, sessions_completed, sessions_cancelled, sessions_expired, sessions_counted,
        focus_seconds, break_sessions, break_seconds, by_type, computed_at
    )
    select $tenant, $user, day, 1, 0, 0, 1, 1500, 0, 0, '{}', '2024-01-03 00:00Z'
    from unnest('{2024-01-01, 2024-01-02}'::date[]) day;
    insert into productivity.timer_session (tenant_id, user_id, started_at, ended_at, status, updated_at)
    select $tenant, $user, at - interval '25 minutes', at, 'completed', at
    from unnest('{2024-01-01 23:59:59.999999Z, 2024-01-02 00:00Z}'::timestamptz[]) at;
    insert into productivity.timer_session (tenant_id, user_id, started_at, status, paused_at)
    select $tenant, md5('user' || 2 * n - 1)::uuid, '2024-06-23 03:00Z', 'paused', at
    from unnest('{2024-06-23 03:59:59.999999Z, 2024-06-23 04:00Z}'::timestamptz[]) with ordinality t (at, n);
    insert into productivity.goal (id, tenant_id, user_id, title, status, completed_at, cancelled_at, updated_at)
    select md5(status || at)::uuid, $tenant, $user, status, split_part(status, ' ', 1), c.completed_at, c.cancelled_at, c.updated_at
    from unnest('{2024-01-01 23:59:59.999999Z, 2024-01-02 00:00Z}'::timestamptz[]) at
    cross join unnest('{completed at, completed never, cancelled at, cancelled never}'::text[]) status
    cross join lateral (
        select
            case when status = 'completed at' then at end,
            case when status = 'cancelled at' then at end,
            case when status like '% never' then at else '2020-01-01 00:00Z' end
    ) c (completed_at, cancelled_at, updated_at);
    insert into productivity.daily_metric
    select $tenant, day, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, null, null, null, null, null, null, null, null,
        true, '2024-01-01 00:00Z'
    from unnest('{2023-06-30, 2023-07-01}'::date[]) day;
    insert into productivity.metric_trend
    select $tenant, day, 'dau', 'last_week', 1, 2, 100, 'up', 'notable'
    from unnest('{2023-06-30, 2023-07-01}'::date[]) day;
    insert into productivity.user_activity_day (tenant_id, user_id, day, first_at, last_at)
    select $tenant, $user, day, day, day from unnest('{2023-06-30, 2023-07-01}'::date[]) day;
    insert into productivity.anomaly (tenant_id, metric, period, period_start, value, expected, severity, message, detected_at)
    select $tenant, 'dau', 'day', at, 1, 2, 'warning', 'x', at
    from unnest('{2023-06-30 23:59:59.999999Z, 2023-07-01 00:00Z}'::timestamptz[]) at;
    insert into productivity.behavior_insight (
        tenant_id, window_start, sessions, sessions_completed, adherence_base, adherence_kept, by_type, hours, computed_at
    )
    select $tenant, at, 0, 0, 0, 0, '{}', array_fill(0, '{24}'), at
    from unnest('{2023-06-30 23:59:59.999999Z, 2023-07-01 00:00Z}'::timestamptz[]) at;
    insert into productivity.performance_metric (tenant_id, hour_at, scope, details, computed_at)
    select $tenant, at, 'http', '{}', at
    from unnest('{2024-04-01 03:59:59.999999Z, 2024-04-01 04:00Z}'::timestamptz[]) at;
    insert into productivity.http_minute_stat (tenant_id, minute_at, route)
    select $tenant, at, '/' from unnest('{2024-05-31 03:59Z, 2024-05-31 04:00Z}'::timestamptz[]) at;
    insert into platform.notification (tenant_id, recipient_id, kind, title, dedupe_key, read_at, created_at)
    select $tenant, $user, 'read', 'x', 'read' || at, at, '2020-01-01 00:00Z'
    from unnest('{2024-04-01 03:59:59.999999Z, 2024-04-01 04:00Z}'::timestamptz[]) at
    union all
    select $tenant, $user, 'unread', 'x', 'unread' || at, null, at
    from unnest('{2024-01-02 03:59:59.999999Z, 2024-01-02 04:00Z}'::timestamptz[]) at;
    insert into platform.message (
        tenant_id, job, channel, dedupe_key, target, body_text, body_html, payload, headers, status, created_at
    )
    select $tenant, 'x', 'email', status || body || at, 'x@example.org', body, '', '{\"a\": 1}', '{\"b\": 1}', status, at
    from unnest('{2023-05-27 03:59:59.999999Z, 2023-05-27 04:00Z, 2024-05-31 03:59:59.999999Z, 2024-05-31 04:00Z}'::timestamptz[]) at
    cross join unnest('{pending,sending,sent,failed,expired,suppressed}'::text[]) status
    cross join unnest('{\"\",Hi}'::text[]) body;
    insert into productivity.contact_log (tenant_id, dedupe_key, user_id, kind, local_date, created_at)
    select $tenant, at::text, $user, 'weekly_review', '2024-01-01', at
    from unnest('{2023-05-27 03:59:59.999999Z, 2023-05-27 04:00Z}'::timestamptz[]) at;
    insert into productivity.goal_reminder_mark (tenant_id, goal_id, due_on, bucket, user_id, local_date)
    select $tenant, id, day, 'today', $user, day
    from productivity.goal, unnest('{2024-01-01, 2024-01-02}'::date[]) day where title = 'completed at';
    insert into productivity.activity_event (tenant_id, user_id, name, occurred_at)
    select $tenant, $user, 'export', at
    from unnest('{2024-04-01 03:59:59.999999Z, 2024-04-01 04:00Z}'::timestamptz[]) at;
    insert into productivity.user_segment (tenant_id, month, user_id, segment)
    select $tenant, month, $user, 'active' from unnest('{2023-04-01, 2023-05-01}'::date[]) month;
    insert into productivity.timer_session_archive (
        tenant_id, id, user_id, type, started_at, ended_at, planned_seconds, status, paused_seconds, pause_count,
        notifications_enabled, created_at, updated_at, archived_at
    )
    select $tenant, gen_random_uuid(), $user, 'focus', at, at, 1500, 'completed', 0, 0, true, at, at, '2023-01-01 00:00Z'
    from unnest('{2022-07-01 03:59:59.999999Z, 2022-07-01 04:00Z}'::timestamptz[]) at";

#[tokio::test]
async fn of_two_rows_a_microsecond_or_a_day_apart_the_older_one_goes() {
    let db = TestDb::new().await;
    let tenant = db.tenant("productivity", "acme", "UTC").await;
    let connection = &mut db.connect().await;
    let world = WORLD.replace("$tenant", &format!("'{tenant}'::uuid"));
    execute(connection, &world.replace("$user", "md5('user1')::uuid")).await;

    let report = db.run(&JOB, &invoked(as_of())).await;
    let expected = json!({
        "expiredTimers": 1, "archivedSessions": 1, "archivedGoals": 4, "deletedMetrics": 7, "deletedNotifications": 2,
        "deletedMails": 8, "scrubbedMails": 8, "deletedOperational": 6, "erasedUsers": 1,
    });
    assert_eq!(done(&report), expected);
    for (table, age, kept) in [
        ("productivity.app_user", "deleted_at", "2024-05-31 04:00:00+00"),
        (
            "productivity.timer_session",
            "paused_at",
            "2024-06-23 04:00:00+00",
        ),
        ("productivity.daily_metric", "day", "2023-07-01"),
        ("productivity.metric_trend", "day", "2023-07-01"),
        ("productivity.user_activity_day", "day", "2023-07-01"),
        ("productivity.anomaly", "period_start", "2023-07-01 00:00:00+00"),
        (
            "productivity.behavior_insight",
            "window_start",
            "2023-07-01 00:00:00+00",
        ),
        (
            "productivity.performance_metric",
            "hour_at",
            "2024-04-01 04:00:00+00",
        ),
        (
            "productivity.http_minute_stat",
            "minute_at",
            "2024-05-31 04:00:00+00",
        ),
        ("platform.notification", "read_at", "2024-04-01 04:00:00+00"),
        ("productivity.contact_log", "created_at", "2023-05-27 04:00:00+00"),
        ("productivity.goal_reminder_mark", "due_on", "2024-01-02"),
        (
            "productivity.activity_event",
            "occurred_at",
            "2024-04-01 04:00:00+00",
        ),
        ("productivity.user_segment", "month", "2023-05-01"),
        (
            "productivity.timer_session_archive",
            "ended_at",
            "2022-07-01 04:00:00+00",
        ),
    ] {
        let is_live = match table {
            "productivity.timer_session" => "status = 'paused'",
            "productivity.timer_session_archive" => "archived_at < '2024-06-30 04:00Z'",
            _ => "true",
        };
        let left =
            format!("select distinct {age}::text as age from {table} where {age} is not null and {is_live}");
        assert_eq!(all(connection, &left).await, [json!({"age": kept})], "{table}");
    }
    let session = "select ended_at::text from productivity.timer_session where status = 'completed'";
    assert_eq!(
        all(connection, session).await,
        [json!({"ended_at": "2024-01-02 00:00:00+00"})]
    );
    let archived = "select count(*) filter (where archived_at is not null) as n,
        count(*) filter (where archived_at is null and coalesce(completed_at, cancelled_at, updated_at) >= '2024-01-02') as kept
        from productivity.goal";
    assert_eq!(all(connection, archived).await, [json!({"n": 4, "kept": 4})]);
    let mails = "select created_at::text, count(*) as n,
        count(*) filter (where status in ('pending', 'sending')) as waiting,
        count(*) filter (where payload = '{}' and headers = '{}' and body_text || body_html = '') as scrubbed
        from platform.message group by 1 order by 1";
    assert_eq!(
        all(connection, mails).await,
        [
            json!({"created_at": "2023-05-27 03:59:59.999999+00", "n": 4, "waiting": 4, "scrubbed": 0}),
            json!({"created_at": "2023-05-27 04:00:00+00", "n": 12, "waiting": 4, "scrubbed": 4}),
            json!({"created_at": "2024-05-31 03:59:59.999999+00", "n": 12, "waiting": 4, "scrubbed": 4}),
            json!({"created_at": "2024-05-31 04:00:00+00", "n": 12, "waiting": 4, "scrubbed": 0}),
        ]
    );
}
