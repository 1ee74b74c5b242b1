-- Moves sessions into the archive, and counts what left and what arrived. One that is there already is refused there.
with gone as (
    delete from productivity.timer_session s
    using jsonb_to_recordset($4) as k (id uuid)
    where s.tenant_id = $1
    and s.id = k.id
    and s.ended_at < $2
    and not exists (
        select
        from productivity.app_user u
        where u.tenant_id = $1
        and u.legal_hold
        and u.id = s.user_id
    )
    returning s.*
),
arrived as (
    insert into productivity.timer_session_archive (
        tenant_id, id, user_id, goal_id, type, started_at, ended_at, planned_seconds, actual_seconds, status, paused_at,
        paused_seconds, pause_count, last_pause_seconds, resumed_at, completion_pct, productivity_rating,
        notifications_enabled, created_at, updated_at, archived_at
    )
    select
        g.tenant_id, g.id, g.user_id, g.goal_id, g.type, g.started_at, g.ended_at, g.planned_seconds, g.actual_seconds,
        g.status, g.paused_at, g.paused_seconds, g.pause_count, g.last_pause_seconds, g.resumed_at, g.completion_pct,
        g.productivity_rating, g.notifications_enabled, g.created_at, g.updated_at, $3
    from gone g
    returning 1
)
select
    (select count(*) from gone) as "gone!",
    (select count(*) from arrived) as "arrived!"
