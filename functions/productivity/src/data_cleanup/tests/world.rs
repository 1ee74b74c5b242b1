//! A company made up at random, with rows in every table on both sides of every cut-off.

use shared::testing::{TestDb, execute};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

/// A third of everything is due within a microsecond of its cut-off, or just not; the rest is of any age.
const AGES: &str = "
    create or replace function scratch.at(cutoff timestamptz) returns timestamptz language sql volatile as $$
        select case floor(random() * 6)::int
            when 0 then cutoff - interval '1 microsecond'
            when 1 then cutoff
            else timestamptz '2024-06-30 04:00Z' - random() * interval '900 days'
        end
    $$;
    create or replace function scratch.of(words text[]) returns text language sql volatile as $$
        select words[1 + floor(random() * cardinality(words))::int]
    $$;
    create or replace function scratch.somebody() returns uuid language sql volatile as $$
        select id from productivity.app_user order by random() limit 1
    $$";

const ROWS: &str = "
    insert into productivity.app_user (id, tenant_id, time_zone, legal_hold, deleted_at, created_at, updated_at, email)
    select md5('user' || n)::uuid, $tenant, scratch.of('{Asia/Tokyo,America/New_York,Mars/Olympus,\"\",UTC}'),
        n % 5 = 0, case when n % 3 = 0 then scratch.at('2024-05-31 04:00Z') end, '2020-01-01 00:00Z', '2020-01-01 00:00Z',
        'u' || n || '@example.org'
    from generate_series(1, 15) n;
    insert into productivity.notification_pref (tenant_id, user_id) select tenant_id, id from productivity.app_user;
    insert into productivity.setting (tenant_id) values ($tenant);

    insert into productivity.goal (
        id, tenant_id, user_id, title, status, completed_at, cancelled_at, archived_at, deleted_at, is_recurring,
        created_at, updated_at
    )
    select md5('goal' || n)::uuid, $tenant, scratch.somebody(), 'Thesis',
        scratch.of('{completed,completed,cancelled,in_progress}'),
        case when random() < 0.6 then scratch.at('2024-01-02 00:00Z') end,
        case when random() < 0.3 then scratch.at('2024-01-02 00:00Z') end,
        case when random() < 0.1 then timestamptz '2024-01-01 00:00Z' end,
        case when random() < 0.1 then timestamptz '2024-01-01 00:00Z' end,
        random() < 0.1, '2020-01-01 00:00Z', scratch.at('2024-01-02 00:00Z')
    from generate_series(1, 60) n;

    insert into productivity.timer_session (
        id, tenant_id, user_id, goal_id, type, title, notes, started_at, ended_at, status, paused_at, paused_seconds,
        updated_at
    )
    select md5('session' || n)::uuid, $tenant, g.user_id, g.id, scratch.of('{pomodoro,focus,break,custom}'), 'A title',
        'Notes', a.at - interval '25 minutes', a.at, scratch.of('{completed,cancelled,expired}'), null, 0, a.at
    from generate_series(1, 150) n
    cross join lateral (select scratch.at('2024-01-02 00:00Z') as at where n > 0) a
    cross join lateral (select id, user_id from productivity.goal where n > 0 order by random() limit 1) g;
    insert into productivity.timer_session (
        id, tenant_id, user_id, started_at, status, paused_at, paused_seconds, planned_seconds, updated_at
    )
    select md5('live' || u.id)::uuid, $tenant, u.id, a.at - interval '2 hours', l.status,
        case when l.status = 'paused' then a.at end, floor(random() * 3600)::int, 60 + floor(random() * 7000)::int, a.at
    from productivity.app_user u
    cross join lateral (select scratch.of('{running,paused}') as status where u.id is not null) l
    cross join lateral (
        select scratch.at(case l.status when 'paused' then timestamptz '2024-06-23 04:00Z' else '2024-06-29 04:00Z' end) as at
    ) a;
    insert into productivity.user_daily_focus (
        tenant_id, user_id, day, sessions_completed, sessions_cancelled, sessions_expired, sessions_counted,
        focus_seconds, break_sessions, break_seconds, by_type, computed_at
    )
    select tenant_id, user_id, coalesce(ended_at, started_at)::date, 1, 0, 0, 1, 1500, 0, 0, '{}', started_at
    from productivity.timer_session
    on conflict do nothing;

    insert into productivity.timer_session_archive (
        tenant_id, id, user_id, type, started_at, ended_at, planned_seconds, status, paused_seconds, pause_count,
        notifications_enabled, created_at, updated_at, archived_at
    )
    select $tenant, md5('archive' || n)::uuid, scratch.somebody(), 'focus', a.at, a.at, 1500, 'completed', 0, 0, true,
        a.at, a.at, '2024-06-01 00:00Z'
    from generate_series(1, 60) n
    cross join lateral (select scratch.at('2022-07-01 04:00Z') as at where n > 0) a;

    insert into productivity.user_activity_day (tenant_id, user_id, day, first_at, last_at)
    select $tenant, scratch.somebody(), scratch.at('2023-07-01 00:00Z')::date, '2024-01-01 00:00Z', '2024-01-01 00:00Z'
    from generate_series(1, 60) n on conflict do nothing;
    insert into productivity.activity_event (id, tenant_id, user_id, name, occurred_at)
    select md5('event' || n)::uuid, $tenant, scratch.somebody(), 'export', scratch.at('2024-04-01 04:00Z')
    from generate_series(1, 60) n;
    insert into productivity.http_minute_stat (tenant_id, minute_at, route)
    select $tenant, date_trunc('minute', scratch.at('2024-05-31 04:00Z')), '/r' || n from generate_series(1, 60) n;
    insert into productivity.goal_reminder_mark (tenant_id, goal_id, due_on, bucket, user_id, local_date)
    select $tenant, g.id, scratch.at('2024-01-02 00:00Z')::date, scratch.of('{week,today}'), g.user_id, '2024-01-01'
    from productivity.goal g on conflict do nothing;
    insert into productivity.contact_log (tenant_id, dedupe_key, user_id, kind, local_date, created_at)
    select $tenant, 'key:' || n, scratch.somebody(), 'weekly_review', '2024-01-01', scratch.at('2023-05-27 04:00Z')
    from generate_series(1, 60) n;
    insert into platform.message (
        id, tenant_id, job, channel, dedupe_key, target, body_text, body_html, payload, headers, status, created_at
    )
    select md5('message' || n)::uuid, $tenant, 'x', 'email', 'key:' || n, 'x@example.org',
        scratch.of('{\"\",Hi}'), scratch.of('{\"\",<p>Hi}'), '{\"facts\": []}', '{\"List-Unsubscribe\": \"x\"}',
        scratch.of('{pending,sent,failed,expired,suppressed}'),
        scratch.at(case when n % 2 = 0 then timestamptz '2023-05-27 04:00Z' else '2024-05-31 04:00Z' end)
    from generate_series(1, 90) n;
    insert into platform.notification (
        id, tenant_id, recipient_id, kind, title, dedupe_key, read_at, created_at
    )
    select md5('notice' || n)::uuid, $tenant, scratch.somebody(), 'x', 'x', 'n:' || n,
        case when n % 2 = 0 then scratch.at('2024-04-01 04:00Z') end, scratch.at('2024-01-02 04:00Z')
    from generate_series(1, 80) n;
    insert into platform.suppression (tenant_id, address, reason)
    select tenant_id, email, 'manual' from productivity.app_user;

    insert into productivity.reengagement_episode (tenant_id, user_id, episode_start, last_step, last_sent_at)
    select tenant_id, id, '2020-01-01', 3, '2020-01-04 00:00Z' from productivity.app_user;
    insert into productivity.user_weekly_review
    select tenant_id, id, '2020-01-05', 0, 0, 0, 0, 0, 0, null, null, false, '2020-01-05 00:00Z'
    from productivity.app_user;
    insert into productivity.user_monthly_report (
        tenant_id, user_id, month, goals_created, goals_completed, goals_open_end, overdue_end, sessions_completed,
        focus_seconds, active_days, best_streak, details, computed_at
    )
    select tenant_id, id, '2020-01-01', 0, 0, 0, 0, 0, 0, 0, 0, '{}', '2020-02-01 00:00Z' from productivity.app_user;
    insert into productivity.user_segment (tenant_id, month, user_id, segment)
    select tenant_id, '2023-01-01'::date + n * interval '1 month', id, 'active'
    from productivity.app_user, generate_series(0, 8) n;
    insert into productivity.user_behavior_profile (tenant_id, user_id, sample, computed_at)
    select tenant_id, id, 0, '2020-01-01 00:00Z' from productivity.app_user;

    insert into productivity.daily_metric
    select $tenant, date '2023-06-15' + n, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, null, null, null, null, null,
        null, null, null, true, '2024-01-01 00:00Z'
    from generate_series(1, 30) n;
    insert into productivity.metric_trend
    select $tenant, date '2023-06-15' + n, scratch.of('{dau,new_users}'), 'last_week', 1, 2, 100, 'up', 'notable'
    from generate_series(1, 30) n;
    insert into productivity.anomaly (tenant_id, metric, period, period_start, value, expected, severity, message, detected_at)
    select $tenant, 'm' || n, scratch.of('{day,slot}'), scratch.at('2023-07-01 00:00Z'), 1, 2, 'warning', 'x',
        '2024-01-01 00:00Z'
    from generate_series(1, 30) n;
    insert into productivity.behavior_insight (
        tenant_id, window_start, sessions, sessions_completed, adherence_base, adherence_kept, by_type, hours, computed_at
    )
    select $tenant, scratch.at('2023-07-01 00:00Z'), 0, 0, 0, 0, '{}', array_fill(0, '{24}'), '2024-01-01 00:00Z'
    from generate_series(1, 30) n on conflict do nothing;
    insert into productivity.performance_metric (tenant_id, hour_at, scope, details, computed_at)
    select $tenant, scratch.at('2024-04-01 04:00Z'), 'http', '{}', '2024-01-01 00:00Z'
    from generate_series(1, 30) n on conflict do nothing;
    insert into productivity.system_metric (hour_at, scope, values, computed_at)
    values ('2024-04-01 04:00Z', 'jobs', '{}', '2024-01-01 00:00Z') on conflict do nothing;
    insert into productivity.weekly_metric
    select $tenant, '2020-01-05', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, null, null, null, '{}',
        array_fill(0, '{7}'), null, null, 0, 0, 0, 0, 0, 0, null, null, null, '2020-01-12 00:00Z';
    insert into productivity.retention_cohort values ($tenant, '2020-01-01', 1, 1, 0, 0, '2020-01-03');
    insert into productivity.usage_heatmap values ($tenant, '2020-01-05', 0, 0, 1);
    insert into productivity.feature_usage values ($tenant, '2020-01-01', 'timer', 1, 1, 0.5);
    insert into productivity.monthly_insight (
        tenant_id, month, mau, new_users, sessions_completed, goals_created, goals_completed, churned_users,
        reactivated_users, dormant_users, seg_never_activated, seg_new, seg_churned, seg_at_risk, seg_power, seg_active,
        focus_seconds, insights, stale, computed_at
    )
    values ($tenant, '2020-01-01', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '[]', false, '2020-02-01 00:00Z');
    insert into productivity.cleanup_run values ($tenant, md5('run')::uuid, '2020-01-01 00:00Z', '{}', '{}', false)";

/// A company that follows from a seed alone.
pub async fn company(seed: u32) -> (TestDb, Uuid) {
    let db = TestDb::new().await;
    let tenant = db.tenant("productivity", "acme", "Europe/Berlin").await;
    let connection = &mut db.connect().await;
    execute(connection, "create schema scratch; set time zone 'UTC'").await;
    execute(connection, AGES).await;
    execute(
        connection,
        &format!("select setseed({})", f64::from(seed) / 1000.0),
    )
    .await;
    execute(connection, &ROWS.replace("$tenant", &format!("'{tenant}'::uuid"))).await;
    let tables = "select table_name::text from information_schema.tables
        where table_schema = 'productivity' and table_type = 'BASE TABLE'";
    let tables: Vec<String> = sqlx::query_scalar(tables)
        .fetch_all(&mut *connection)
        .await
        .unwrap();
    for table in tables {
        let is_filled = format!("select exists (select from productivity.{table})");
        let is_filled: bool = sqlx::query_scalar(AssertSqlSafe(is_filled))
            .fetch_one(&mut *connection)
            .await
            .unwrap();
        assert!(is_filled, "{table} is not in the world");
    }
    (db, tenant)
}
