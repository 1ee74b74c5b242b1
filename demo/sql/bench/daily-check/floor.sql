-- The floor of daily-check: what its pages read, read at once for the whole company.
with live as (
    select s.user_id, s.status, s.started_at, s.paused_at
    from productivity.timer_session s
    where s.tenant_id = $1
    and s.status in ('running', 'paused')
    and s.type <> 'break'
),
worked as (
    select
        s.user_id,
        max(s.ended_at) as until_at,
        sum(s.capped_seconds) filter (where s.ended_at >= $2 - interval '7 days') as seconds,
        sum(s.capped_seconds) filter (where s.ended_at < $2 - interval '7 days') as seconds_before
    from productivity.ended_session s
    where s.tenant_id = $1
    and s.ended_at >= $2 - interval '14 days'
    and s.is_counted
    group by s.user_id
),
counted as (
    select f.user_id, max(f.day) as day
    from productivity.user_daily_focus f
    where f.tenant_id = $1
    and f.sessions_counted > 0
    group by f.user_id
),
contact as (
    select c.user_id, array_agg(row(c.kind, c.local_date)) as contacts
    from productivity.contact_log c
    where c.tenant_id = $1
    and (c.local_date >= $2::date - 6 or c.kind = 'daily_nudge')
    group by c.user_id
),
goal as (
    select distinct on (g.user_id) g.user_id, g.title, g.due_on, g.progress
    from productivity.goal g
    where g.tenant_id = $1
    and g.status in ('not_started', 'in_progress')
    and g.archived_at is null
    and g.deleted_at is null
    and g.progress < 100
    and g.due_on >= $2::date
    order by g.user_id, g.due_on
),
feature as materialized (
    select
        r.*, l.status, l.started_at, l.paused_at, w.until_at, w.seconds, w.seconds_before, t.day, c.contacts, g.title,
        g.due_on, g.progress
    from productivity.recipient r
    left join live l on l.user_id = r.id
    left join worked w on w.user_id = r.id
    left join counted t on t.user_id = r.id
    left join contact c on c.user_id = r.id
    left join goal g on g.user_id = r.id
    where r.tenant_id = $1
    and r.last_activity_at >= $2 - interval '96 hours'
)
