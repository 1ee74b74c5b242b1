-- The floor of weekly-review: what its pages read, read at once for the whole company.
with worked as (
    select
        s.user_id,
        sum(s.capped_seconds) filter (where s.is_counted and s.ended_at >= $2 - interval '7 days') as seconds,
        sum(s.capped_seconds) filter (where s.is_counted and s.ended_at < $2 - interval '7 days') as seconds_before,
        count(*) filter (where s.status = 'completed' and s.ended_at >= $2 - interval '7 days') as completed,
        count(*) filter (where s.status = 'completed' and s.ended_at < $2 - interval '7 days') as completed_before,
        array_agg(row(s.ended_at, s.capped_seconds)) filter (where s.is_counted) as sessions
    from productivity.ended_session s
    where s.tenant_id = $1
    and s.ended_at >= $2 - interval '14 days'
    and s.ended_at < $2
    and s.is_focus
    group by s.user_id
),
counted as (
    select f.user_id, array_agg(f.day) as days
    from productivity.user_daily_focus f
    where f.tenant_id = $1
    and f.sessions_completed > 0
    and f.day >= $2::date - 366
    group by f.user_id
),
goal as (
    select
        g.user_id,
        count(*) filter (where g.status = 'completed' and g.completed_at < $2 - interval '7 days') as completed_before,
        array_agg(row(g.title, g.completed_at)) filter (
            where g.status = 'completed' and g.completed_at >= $2 - interval '7 days'
        ) as completed,
        array_agg(row(g.title, g.due_on)) filter (where g.status in ('not_started', 'in_progress')) as open
    from productivity.goal g
    where g.tenant_id = $1
    and g.deleted_at is null
    and (
        g.completed_at >= $2 - interval '14 days'
        or g.status in ('not_started', 'in_progress') and g.archived_at is null and g.due_on <= $2::date + 8
    )
    group by g.user_id
),
feature as materialized (
    select
        r.*, w.seconds, w.seconds_before, w.completed as sessions_completed, w.completed_before, w.sessions, t.days,
        g.completed, g.completed_before as goals_before, g.open
    from productivity.recipient r
    left join worked w on w.user_id = r.id
    left join counted t on t.user_id = r.id
    left join goal g on g.user_id = r.id
    where r.tenant_id = $1
)
