-- The floor of monthly-report: what its pages read, read at once for the whole company.
with worked as (
    select
        s.user_id,
        sum(s.capped_seconds) filter (where s.ended_at < '2026-01-01Z') as seconds_before,
        array_agg(row(s.type, s.status, s.goal_id, s.started_at, s.ended_at, s.capped_seconds)) filter (
            where s.ended_at >= '2026-01-01Z'
        ) as sessions
    from productivity.ended_session s
    where s.tenant_id = $1
    and s.ended_at >= '2025-12-01Z'
    and s.ended_at < '2026-02-01Z'
    and s.is_focus
    group by s.user_id
),
present as (
    select a.user_id
    from productivity.user_activity_day a
    where a.tenant_id = $1
    and a.day between '2026-01-01' and '2026-01-31'
    group by a.user_id
),
goal as (
    select
        g.user_id,
        array_agg(row(
            g.id, g.title, g.status, g.created_at, g.completed_at, g.cancelled_at, g.archived_at, g.due_on
        )) as goals
    from productivity.goal g
    where g.tenant_id = $1
    and g.deleted_at is null
    group by g.user_id
),
feature as materialized (
    select r.*, w.seconds_before, w.sessions, p.user_id as present_id, g.goals
    from productivity.recipient r
    left join worked w on w.user_id = r.id
    left join present p on p.user_id = r.id
    left join goal g on g.user_id = r.id
    where r.tenant_id = $1
)
