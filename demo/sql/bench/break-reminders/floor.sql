-- The floor of break-reminders: what its pages read, read at once for the whole company.
with ended as (
    select
        s.user_id,
        array_agg(row(s.id, s.status, s.started_at, s.ended_at, s.seconds) order by s.ended_at desc) as sessions
    from productivity.ended_session s
    where s.tenant_id = $1
    and s.ended_at between $2 - interval '4 hours' and $2
    and s.is_focus
    group by s.user_id
),
feature as materialized (
    select
        r.*, s.id as session_id, s.type, s.title, s.started_at, s.planned_seconds, s.paused_seconds, s.pause_count,
        s.last_pause_seconds, s.resumed_at, s.notifications_enabled, e.sessions
    from productivity.timer_session s
    join productivity.recipient r on r.tenant_id = $1 and r.id = s.user_id
    left join ended e on e.user_id = s.user_id
    where s.tenant_id = $1
    and s.status = 'running'
    and s.type <> 'break'
    and s.started_at <= $2
)
