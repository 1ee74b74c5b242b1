-- The floor of daily-analytics: the same numbers of people's dates and of days, summed up at once for the whole company, and
-- the very rows that it wrote, written at once from where they were kept.
with zone as materialized (
    select z.name
    from (
        select distinct u.time_zone as name
        from productivity.app_user u
        where u.tenant_id = $1
    ) z
    where z.name <> ''
    and platform.has_time_zone(z.name)
),
focus as materialized (
    select
        s.user_id,
        (s.ended_at at time zone coalesce(z.name, t.time_zone))::date as day,
        count(*) filter (where s.is_focus and s.status = 'completed') as completed,
        count(*) filter (where s.is_focus and s.status = 'cancelled') as cancelled,
        count(*) filter (where s.is_focus and s.status = 'expired') as expired,
        count(*) filter (where s.is_counted) as counted,
        sum(s.capped_seconds) filter (where s.is_counted) as seconds,
        count(*) filter (where not s.is_focus and s.status = 'completed') as breaks,
        sum(s.capped_seconds) filter (where not s.is_focus and s.status = 'completed') as break_seconds,
        sum(s.capped_seconds) filter (where s.is_counted and s.type = 'pomodoro') as pomodoro_seconds,
        sum(s.capped_seconds) filter (where s.is_counted and s.type = 'focus') as plain_seconds,
        sum(s.capped_seconds) filter (where s.is_counted and s.type = 'custom') as custom_seconds
    from productivity.ended_session s
    join productivity.app_user u on u.id = s.user_id
    join platform.tenant t on t.id = $1
    left join zone z on z.name = u.time_zone
    where s.tenant_id = $1
    and s.ended_at >= $2::date - interval '6 days'
    and s.ended_at <= $2
    and u.tenant_id = $1
    group by s.user_id, 2
),
ended as materialized (
    select
        (s.ended_at at time zone 'UTC')::date as day,
        count(*) filter (where s.status = 'completed') as completed,
        count(distinct s.user_id) filter (where s.status = 'completed') as users,
        sum(s.capped_seconds) filter (where s.is_counted) as seconds,
        percentile_disc(array[0.5, 0.9]) within group (order by s.capped_seconds) filter (where s.is_counted) as middle
    from productivity.ended_session s
    join productivity.analysed_user u on u.tenant_id = $1 and u.id = s.user_id
    where s.tenant_id = $1
    and s.ended_at >= $2::date - interval '8 days'
    and s.ended_at < $2::date
    and s.is_focus
    group by 1
),
present as materialized (
    select a.user_id, bit_or(1::bigint << ($2::date - a.day)) as days
    from productivity.user_activity_day a
    join productivity.analysed_user u on u.tenant_id = $1 and u.id = a.user_id
    where a.tenant_id = $1
    and a.day >= $2::date - 37
    group by a.user_id
),
goal as materialized (
    select g.due_on, count(*) as goals
    from productivity.goal g
    join productivity.analysed_user u on u.tenant_id = $1 and u.id = g.user_id
    where g.tenant_id = $1
    group by g.due_on
),
written as (
    insert into productivity.user_daily_focus
    select w.*
    from public.kept k
    cross join lateral unnest(array[k.focus]) w
    where k.focus is distinct from null
    returning 1
),
day as (
    insert into productivity.daily_metric
    select w.*
    from public.kept k
    cross join lateral unnest(array[k.day]) w
    where k.day is distinct from null
    returning 1
),
trend as (
    insert into productivity.metric_trend
    select w.*
    from public.kept k
    cross join lateral unnest(array[k.trend]) w
    where k.trend is distinct from null
    returning 1
),
anomaly as (
    insert into productivity.anomaly
    select w.*
    from public.kept k
    cross join lateral unnest(array[k.anomaly]) w
    where k.anomaly is distinct from null
    returning 1
)
select
    (select count(*) from focus),
    (select count(*) from ended),
    (select count(*) from present where days & 1 = 1),
    (select count(*) from goal),
    (select count(*) from written),
    (select count(*) from day),
    (select count(*) from trend),
    (select count(*) from anomaly)
