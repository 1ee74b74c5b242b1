-- How many used each part of the application in a month ($2 to before $3), and how often: the users of whom the month's
-- numbers are. The tables tell of the parts $5; of the parts $4 events do, and where nobody kept one of a name before
-- the end of the month, the numbers are NULL.
--
-- Sessions by the index (tenant_id, started_at), goals by (tenant_id, created_at) and (tenant_id, completed_at), events
-- by (tenant_id, name, occurred_at), users beside them by (tenant_id, id). What is of a time is read apart and in order, so
-- that no plan reads all there is.
with used as (
    select case when s.type = 'break' then 'breaks' else 'timer' end as feature, s.user_id, count(*) as events
    from (
        select s.type, s.user_id
        from productivity.timer_session s
        where s.tenant_id = $1
        and s.started_at >= $2
        and s.started_at < $3
        order by s.started_at
    ) s
    group by s.type = 'break', s.user_id
    union all
    select 'goals', g.user_id, count(*)
    from (
        select g.user_id
        from productivity.goal g
        where g.tenant_id = $1
        and g.created_at >= $2
        and g.created_at < $3
        and g.deleted_at is null
        order by g.created_at
    ) g
    group by g.user_id
    union all
    select 'goals', g.user_id, count(*)
    from (
        select g.user_id
        from productivity.goal g
        where g.tenant_id = $1
        and g.completed_at >= $2
        and g.completed_at < $3
        and g.status = 'completed'
        and g.deleted_at is null
        order by g.completed_at
    ) g
    group by g.user_id
    union all
    select e.name, e.user_id, count(*)
    from productivity.activity_event e
    where e.tenant_id = $1
    and e.name = any($4)
    and e.occurred_at >= $2
    and e.occurred_at < $3
    group by e.name, e.user_id
),
counted as (
    select d.feature, count(distinct d.user_id) as users, sum(d.events) as events
    from used d
    join productivity.analysed_user u on u.tenant_id = $1 and u.id = d.user_id
    where u.created_at < $3
    and (u.deleted_at is null or u.deleted_at >= $3)
    group by d.feature
)
select
    f.name as "feature!",
    case when f.is_tracked then coalesce(c.users, 0) end::integer as "users?",
    case when f.is_tracked then coalesce(c.events, 0) end::integer as "events?"
from (
    select k.name, true as is_tracked
    from unnest($5::text[]) as k (name)
    union all
    select k.name, seen.name is not null
    from unnest($4::text[]) as k (name)
    left join lateral (
        select e.name
        from productivity.activity_event e
        where e.tenant_id = $1
        and e.name = k.name
        and e.occurred_at < $3
        order by e.occurred_at
        limit 1
    ) seen on true
) f
left join counted c on c.feature = f.name
order by f.name
