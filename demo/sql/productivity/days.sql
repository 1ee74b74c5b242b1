-- A company's days from $2 up to the one before $3, as daily-analytics has left them night by night, but for what is told by
-- people's own calendars.
with activity as (
    select d.user_id, d.day, lead(d.day) over (partition by d.user_id order by d.day) as next_day
    from productivity.user_activity_day d
    join productivity.analysed_user u on u.id = d.user_id
    where d.tenant_id = $1
),
-- On which days the number of those who were there in the last 1, 7 and 30 days goes up and down.
step as (
    select a.day, 1 as dau, 1 as wau, 1 as mau
    from activity a
    union all
    select a.day + 1, -1, 0, 0
    from activity a
    union all
    select least(a.day + 7, a.next_day), 0, -1, 0
    from activity a
    union all
    select least(a.day + 30, a.next_day), 0, 0, -1
    from activity a
),
present as (
    select
        s.day,
        sum(sum(s.dau)) over (order by s.day) as dau,
        sum(sum(s.wau)) over (order by s.day) as wau,
        sum(sum(s.mau)) over (order by s.day) as mau
    from step s
    group by s.day
),
session as (
    select
        (e.ended_at at time zone 'UTC')::date as day,
        count(*) filter (where e.status = 'completed') as completed,
        count(*) filter (where e.status = 'cancelled') as cancelled,
        count(*) filter (where e.status = 'expired') as expired,
        count(*) filter (where e.is_counted) as counted,
        count(distinct e.user_id) filter (where e.status = 'completed') as users,
        count(*) filter (where e.is_counted and e.seconds > e.capped_seconds) as capped,
        coalesce(sum(e.capped_seconds) filter (where e.is_counted), 0) as seconds,
        round(avg(e.capped_seconds) filter (where e.is_counted)) as mean,
        percentile_disc(array[0.5, 0.9]) within group (order by e.capped_seconds) filter (where e.is_counted)
            as percentiles,
        max(e.capped_seconds) filter (where e.is_counted) as longest
    from productivity.ended_session e
    join productivity.analysed_user u on u.id = e.user_id
    where e.tenant_id = $1
    and e.is_focus
    group by 1
),
goal as (
    select w.day, count(*) filter (where w.is_new) as created, count(*) filter (where not w.is_new) as completed
    from productivity.goal g
    join productivity.analysed_user u on u.id = g.user_id
    cross join lateral (
        values
        ((g.created_at at time zone 'UTC')::date, true),
        (case when g.status = 'completed' then (g.completed_at at time zone 'UTC')::date end, false)
    ) as w (day, is_new)
    where g.tenant_id = $1
    and g.deleted_at is null
    group by w.day
),
newcomer as (
    select (u.created_at at time zone 'UTC')::date as day, count(*) as users
    from productivity.analysed_user u
    where u.tenant_id = $1
    group by 1
)
insert into productivity.daily_metric (
    tenant_id, day, dau, wau, mau, new_users, sessions_started, sessions_completed, sessions_cancelled, sessions_expired,
    sessions_counted, focus_users, outliers_capped, goals_created, goals_completed, goals_overdue_open, mails_failed,
    focus_seconds, stickiness, dau_wau, completion_rate, on_time_rate, avg_session_seconds, p50_session_seconds,
    p90_session_seconds, max_session_seconds, is_final, computed_at
)
select
    $1, d.day, coalesce(p.dau, 0), coalesce(p.wau, 0), coalesce(p.mau, 0), coalesce(n.users, 0),
    coalesce(s.completed + s.cancelled + s.expired, 0), coalesce(s.completed, 0), coalesce(s.cancelled, 0),
    coalesce(s.expired, 0), coalesce(s.counted, 0), coalesce(s.users, 0), coalesce(s.capped, 0),
    coalesce(g.created, 0), coalesce(g.completed, 0), 0, 0, coalesce(s.seconds, 0),
    round(p.dau / nullif(p.mau, 0), 4), round(p.dau / nullif(p.wau, 0), 4),
    round(s.completed::numeric / nullif(s.completed + s.cancelled + s.expired, 0), 4), null, s.mean,
    s.percentiles[1], s.percentiles[2], s.longest, true, (d.day + interval '3 days 1 hour') at time zone 'UTC'
from (
    select generate_series($2::date, $3::date - 1, interval '1 day')::date as day
) d
left join present p on p.day = d.day
left join session s on s.day = d.day
left join goal g on g.day = d.day
left join newcomer n on n.day = d.day
