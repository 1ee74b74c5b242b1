//! People of a company whom nobody thought out: who they are and what they did follows from a number.
//!
//! For what holds of any company: that late data comes to the same as data in time, that sums are those of their parts.

use shared::testing::execute;
use sqlx::PgConnection;
use uuid::Uuid;

/// Tables of what people did.
const DONE: [&str; 5] = [
    "timer_session",
    "timer_session_archive",
    "goal",
    "user_activity_day",
    "activity_event",
];

/// Makes 60 people who came in the 130 days before `last`, a date, and what they did until two days after it.
pub async fn make(connection: &mut PgConnection, tenant: Uuid, seed: u32, last: &str) {
    let crowd = format!(
        "create function pg_temp.pick(below integer, variadic label text[]) returns integer language sql as
            $$ select mod(abs(hashtextextended(array_to_string(label, ':'), {seed})), below)::integer $$;

        insert into productivity.app_user
            (id, tenant_id, created_at, updated_at, time_zone, role, status, is_internal, deleted_at)
        select
            overlay('{tenant}' placing lpad(n::text, 4, '0') from 33)::uuid, '{tenant}',
            '{last} 12:00Z'::timestamptz - pg_temp.pick(130 * 24, 'created', n::text) * interval '1 hour',
            '{last}',
            (array[
                'UTC', 'Asia/Kathmandu', 'America/New_York', 'Pacific/Kiritimati', 'Mars/Olympus', '', null
            ])[1 + pg_temp.pick(7, 'zone', n::text)],
            case pg_temp.pick(12, 'role', n::text) when 0 then 'admin' else 'user' end,
            (array['suspended', 'deleted', 'active', 'active', 'active', 'active', 'active', 'active'])[
                1 + pg_temp.pick(8, 'status', n::text)
            ],
            pg_temp.pick(12, 'internal', n::text) = 0,
            case when pg_temp.pick(8, 'deleted', n::text) = 0 then
                '{last} 12:00Z'::timestamptz + (3 - pg_temp.pick(6, 'gone', n::text)) * interval '1 day'
            end
        from generate_series(1, 60) n;

        create temp table person on commit preserve rows as
        select id, row_number() over (order by id)::text as n
        from productivity.app_user where tenant_id = '{tenant}';

        insert into productivity.user_activity_day (tenant_id, user_id, day, first_at, last_at)
        select '{tenant}', p.id, d::date, d, d
        from person p, generate_series('{last}'::date - 100, '{last}'::date + 2, interval '1 day') d
        where pg_temp.pick(40, 'active', p.n, d::text) < pg_temp.pick(20, 'eager', p.n) - 4;

        insert into productivity.goal
            (id, tenant_id, user_id, title, status, created_at, updated_at, completed_at, due_on, deleted_at, archived_at)
        select
            md5('{tenant}' || g || ':' || p.n)::uuid, '{tenant}', p.id, 'Goal',
            (array['completed', 'completed', 'in_progress', 'paused', 'cancelled'])[
                1 + pg_temp.pick(5, 'goal', p.n, g::text)
            ],
            c.at, c.at, c.at + pg_temp.pick(40, 'done', p.n, g::text) * interval '1 day',
            (c.at + pg_temp.pick(30, 'due', p.n, g::text) * interval '1 day')::date,
            case pg_temp.pick(6, 'bin', p.n, g::text) when 0 then c.at end,
            case pg_temp.pick(6, 'shelf', p.n, g::text) when 0 then c.at + interval '9 days' end
        from person p, generate_series(1, 4) g
        cross join lateral (
            select '{last} 12:00Z'::timestamptz
                - (pg_temp.pick(80 * 24, 'begun', p.n, g::text) - 48) * interval '1 hour' as at
        ) c
        where pg_temp.pick(3, 'plans', p.n) > 0;

        insert into productivity.timer_session
            (id, tenant_id, user_id, type, started_at, updated_at, ended_at, actual_seconds, paused_seconds, status)
        select
            md5('{tenant}' || s || ':' || p.n)::uuid, '{tenant}', p.id,
            (array['focus', 'pomodoro', 'custom', 'break'])[1 + pg_temp.pick(4, 'type', p.n, s::text)],
            t.at, t.at, t.at + (1 + pg_temp.pick(40000, 'length', p.n, s::text)) * interval '1 second',
            case pg_temp.pick(2, 'told', p.n, s::text)
                when 0 then pg_temp.pick(36000, 'seconds', p.n, s::text)
            end,
            pg_temp.pick(600, 'pause', p.n, s::text),
            (array['completed', 'completed', 'completed', 'cancelled', 'expired'])[
                1 + pg_temp.pick(5, 'end', p.n, s::text)
            ]
        from person p, generate_series(1, 30) s
        cross join lateral (
            select '{last} 23:59:59Z'::timestamptz
                - (pg_temp.pick(70 * 1440, 'start', p.n, s::text) - 1440) * interval '1 minute' as at
        ) t
        where s < pg_temp.pick(34, 'works', p.n);

        insert into productivity.timer_session_archive
        select tenant_id, id, user_id, goal_id, type, started_at, ended_at, planned_seconds, actual_seconds, status,
            paused_at, paused_seconds, pause_count, last_pause_seconds, resumed_at, completion_pct,
            productivity_rating, notifications_enabled, created_at, updated_at, ended_at
        from productivity.timer_session
        where tenant_id = '{tenant}' and pg_temp.pick(30, 'archived', id::text) = 0;

        insert into productivity.activity_event (id, tenant_id, user_id, name, occurred_at)
        select md5('{tenant}' || e || ':' || p.n)::uuid, '{tenant}', p.id,
            (array['dashboard_view', 'export', 'login'])[1 + pg_temp.pick(3, 'event', p.n, e::text)],
            '{last} 12:00Z'::timestamptz - pg_temp.pick(60, 'when', p.n, e::text) * interval '1 day'
        from person p, generate_series(1, 5) e;

        drop table person;
        drop function pg_temp.pick"
    );
    execute(connection, &crowd).await;
}

/// Takes half of what people did away, and with [`give_back`] it comes late.
pub async fn take_away(connection: &mut PgConnection) {
    for table in DONE {
        let take = format!(
            "create table public.late_{table} as select * from productivity.{table} t where hashtext(t::text) % 2 = 0;
            delete from productivity.{table} t where hashtext(t::text) % 2 = 0"
        );
        execute(connection, &take).await;
    }
    // People who came to the staff or left it since.
    execute(
        connection,
        "create table public.staff as select id from productivity.app_user where is_internal;
        update productivity.app_user set is_internal = hashtext(id::text) % 5 = 0",
    )
    .await;
}

pub async fn give_back(connection: &mut PgConnection) {
    for table in DONE {
        let give = format!("insert into productivity.{table} select * from public.late_{table}");
        execute(connection, &give).await;
    }
    execute(
        connection,
        "update productivity.app_user set is_internal = id in (select id from public.staff)",
    )
    .await;
}
