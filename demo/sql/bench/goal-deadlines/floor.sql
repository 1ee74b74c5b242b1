-- The floor of goal-deadlines: what its pages read, read at once for the whole company.
with mark as (
    select m.goal_id, m.due_on, array_agg(m.bucket) as buckets
    from productivity.goal_reminder_mark m
    where m.tenant_id = $1
    group by m.goal_id, m.due_on
),
goal as (
    select
        g.user_id,
        array_agg(row(
            g.id, g.title, left(g.description, 141), g.priority, g.due_on, g.progress, g.created_at, m.buckets
        )) as goals
    from productivity.goal g
    left join mark m on m.goal_id = g.id and m.due_on = g.due_on
    where g.tenant_id = $1
    and g.status in ('not_started', 'in_progress')
    and g.archived_at is null
    and g.deleted_at is null
    and g.progress < 100
    and g.due_on between $2::date - 4 and $2::date + 9
    group by g.user_id
),
feature as materialized (
    select r.*, g.goals
    from productivity.recipient r
    join goal g on g.user_id = r.id
    where r.tenant_id = $1
)
