-- The floor of inactive-users: what its pages read, read at once for the whole company.
with worked as (
    select distinct on (s.user_id) s.user_id, s.started_at, s.ended_at, s.capped_seconds
    from productivity.ended_session s
    where s.tenant_id = $1
    and s.is_focus
    order by s.user_id, s.ended_at desc
),
live as (
    select s.user_id, s.started_at
    from productivity.timer_session s
    where s.tenant_id = $1
    and s.status in ('running', 'paused')
),
counted as (
    select f.user_id, sum(f.focus_seconds) as seconds, array_agg(f.day) filter (where f.sessions_completed > 0) as days
    from productivity.user_daily_focus f
    where f.tenant_id = $1
    group by f.user_id
),
goal as (
    select
        g.user_id,
        count(*) filter (where g.status = 'completed') as completed,
        array_agg(row(g.title, g.due_on, g.progress)) filter (where g.status in ('not_started', 'in_progress')) as goals
    from productivity.goal g
    where g.tenant_id = $1
    and g.archived_at is null
    and g.deleted_at is null
    group by g.user_id
),
last_episode as (
    select distinct on (e.user_id) e.user_id, e.episode_start, e.last_step, e.last_sent_at, e.closed_at
    from productivity.reengagement_episode e
    where e.tenant_id = $1
    order by e.user_id, e.episode_start desc
),
last_contact as (
    select c.user_id, array_agg(row(c.kind, c.local_date)) as contacts
    from productivity.contact_log c
    where c.tenant_id = $1
    and c.local_date >= $2::date - 6
    group by c.user_id
),
feature as materialized (
    select
        r.*, w.started_at, w.ended_at, w.capped_seconds, l.started_at as live_since, t.seconds, t.days, g.completed,
        g.goals, e.episode_start, e.last_step, e.last_sent_at, e.closed_at, c.contacts
    from productivity.recipient r
    left join worked w on w.user_id = r.id
    left join live l on l.user_id = r.id
    left join counted t on t.user_id = r.id
    left join goal g on g.user_id = r.id
    left join last_episode e on e.user_id = r.id
    left join last_contact c on c.user_id = r.id
    where r.tenant_id = $1
    and r.last_activity_at between $2 - interval '34 days' and $2 - interval '20 hours'
)
