-- The floor of data-cleanup where sessions are old: all of them moved by one statement.
with gone as (
    delete from productivity.timer_session s
    using productivity.user_daily_focus f
    where s.tenant_id = $1
    and s.ended_at < $2 - interval '180 days'
    and f.tenant_id = $1
    and f.user_id = s.user_id
    and f.day = (s.ended_at at time zone 'UTC')::date
    returning s.*
)
insert into productivity.timer_session_archive (
    tenant_id, id, user_id, goal_id, type, started_at, ended_at, planned_seconds, actual_seconds, status, paused_at,
    paused_seconds, pause_count, last_pause_seconds, resumed_at, completion_pct, productivity_rating,
    notifications_enabled, created_at, updated_at, archived_at
)
select
    tenant_id, id, user_id, goal_id, type, started_at, ended_at, planned_seconds, actual_seconds, status, paused_at,
    paused_seconds, pause_count, last_pause_seconds, resumed_at, completion_pct, productivity_rating,
    notifications_enabled, created_at, updated_at, $2
from gone
