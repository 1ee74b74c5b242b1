-- The days $2 as they were, $3 being their first instants and $4 those of the days after them: one row each, all of them of
-- at most 34 days up to $6. Days before $5, 29 before the first of them, are not asked for. $7: the last day of which nothing
-- may change any more.
--
-- Whoever is counted by the unique index (tenant_id, id); who was active by (tenant_id, day, user_id); the rest by the indexes
-- (tenant_id, created_at), (tenant_id, started_at), (tenant_id, ended_at) and (tenant_id, completed_at) of its table. Which
-- goals were open is asked of all of them, once for all days. What is of a day is read apart and in order, so that no plan reads
-- all there is. Zones: $8 as users have set them are $9; whoever has none of
-- them has $10.
with activity as materialized (
    -- On which days somebody was active: the lowest bit is day $6, each next one the day before.
    select a.days
    from (
        select d.user_id, bit_or(1::bigint << ($6::date - d.day)) as days
        from (
            select d.user_id, d.day
            from productivity.user_activity_day d
            where d.tenant_id = $1
            and d.day >= $5
            and d.day <= $6
            order by d.day
            offset 0
        ) d
        group by d.user_id
    ) a
    join productivity.analysed_user u on u.tenant_id = $1 and u.id = a.user_id
),
-- Goals that were due and open, by the first and behind the last day on which they were so, as far as these days reach.
overdue as materialized (
    select g.first_day, g.end_day, count(*) as goals
    from (
        select
            greatest(g.due_on, g.created_at::date, $5) as first_day,
            case
                when closed.at is null then $6 + 1
                else least(closed.at::date, $6 + 1)
            end as end_day
        from productivity.goal g
        cross join lateral (
            select least(g.completed_at, g.cancelled_at, g.archived_at, g.deleted_at) as at
        ) closed
        join productivity.analysed_user u on u.tenant_id = $1 and u.id = g.user_id
        where g.tenant_id = $1
        and g.due_on <= $6
    ) g
    where g.first_day < g.end_day
    group by g.first_day, g.end_day
)
select
    d.day as "day!",
    active.dau::integer as "dau!",
    active.wau::integer as "wau!",
    active.mau::integer as "mau!",
    (
        select count(*)
        from (
            select
            from productivity.analysed_user u
            where u.tenant_id = $1
            and u.created_at >= d.begins_at
            and u.created_at < d.ends_at
            order by u.created_at
            offset 0
        ) u
    )::integer as "new_users!",
    (
        select count(*)
        from (
            select s.user_id
            from productivity.timer_session s
            where s.tenant_id = $1
            and s.started_at >= d.begins_at
            and s.started_at < d.ends_at
            and s.type <> 'break'
            order by s.started_at
            offset 0
        ) s
        join productivity.analysed_user u on u.tenant_id = $1 and u.id = s.user_id
    )::integer as "sessions_started!",
    ended.completed::integer as "sessions_completed!",
    ended.cancelled::integer as "sessions_cancelled!",
    ended.expired::integer as "sessions_expired!",
    ended.counted::integer as "sessions_counted!",
    ended.focus_users::integer as "focus_users!",
    ended.outliers_capped::integer as "outliers_capped!",
    (
        select count(*)
        from (
            select g.user_id
            from productivity.goal g
            where g.tenant_id = $1
            and g.created_at >= d.begins_at
            and g.created_at < d.ends_at
            and g.deleted_at is null
            order by g.created_at
            offset 0
        ) g
        join productivity.analysed_user u on u.tenant_id = $1 and u.id = g.user_id
    )::integer as "goals_created!",
    reached.goals::integer as "goals_completed!",
    (
        select coalesce(sum(o.goals), 0)
        from overdue o
        where o.first_day <= d.day
        and o.end_day > d.day
    )::integer as "goals_overdue_open!",
    (
        select count(*)
        from (
            select
            from platform.message m
            where m.tenant_id = $1
            and m.created_at >= d.begins_at
            and m.created_at < d.ends_at
            and m.channel = 'email'
            and m.status = 'failed'
            order by m.created_at
            offset 0
        ) m
    )::integer as "mails_failed!",
    ended.focus_seconds as "focus_seconds!",
    round(active.dau::numeric / nullif(active.mau, 0), 4) as "stickiness?",
    round(active.dau::numeric / nullif(active.wau, 0), 4) as "dau_wau?",
    round(ended.completed::numeric / nullif(ended.completed + ended.cancelled + ended.expired, 0), 4) as "completion_rate?",
    round(reached.on_time::numeric / nullif(reached.due, 0), 4) as "on_time_rate?",
    ended.avg_seconds as "avg_session_seconds?",
    ended.percentiles[1] as "p50_session_seconds?",
    ended.percentiles[2] as "p90_session_seconds?",
    ended.max_seconds as "max_session_seconds?",
    d.day <= $7 as "is_final!"
from rows from (
    unnest($2::date[]), unnest($3::timestamptz[]), unnest($4::timestamptz[]), generate_series(1, cardinality($2::date[]))
) as d (day, begins_at, ends_at, place)
cross join lateral (
    -- The last 1, 7 and 30 days.
    select
        count(*) filter (where a.days >> ($6 - d.day) & 1 <> 0) as dau,
        count(*) filter (where a.days >> ($6 - d.day) & (1 << 7) - 1 <> 0) as wau,
        count(*) filter (where a.days >> ($6 - d.day) & (1 << 30) - 1 <> 0) as mau
    from activity a
) active
cross join lateral (
    select
        count(*) filter (where s.status = 'completed') as completed,
        count(*) filter (where s.status = 'cancelled') as cancelled,
        count(*) filter (where s.status = 'expired') as expired,
        count(*) filter (where s.is_counted) as counted,
        count(distinct s.user_id) filter (where s.status = 'completed') as focus_users,
        count(*) filter (where s.is_counted and s.seconds > s.capped_seconds) as outliers_capped,
        coalesce(sum(s.capped_seconds) filter (where s.is_counted), 0) as focus_seconds,
        round(avg(s.capped_seconds) filter (where s.is_counted))::integer as avg_seconds,
        percentile_disc(array[0.5, 0.9]) within group (order by s.capped_seconds) filter (where s.is_counted)
            as percentiles,
        max(s.capped_seconds) filter (where s.is_counted) as max_seconds
    from (
        select s.user_id, s.status, s.is_counted, s.seconds, s.capped_seconds
        from productivity.ended_session s
        where s.tenant_id = $1
        and s.ended_at >= d.begins_at
        and s.ended_at < d.ends_at
        and s.is_focus
        order by s.ended_at
        offset 0
    ) s
    join productivity.analysed_user u on u.tenant_id = $1 and u.id = s.user_id
) ended
cross join lateral (
    select
        count(*) as goals,
        count(g.due_on) as due,
        count(*) filter (
            where (g.completed_at at time zone case when z.zone is null then $10 else z.zone end)::date <= g.due_on
        ) as on_time
    from (
        select g.user_id, g.completed_at, g.due_on
        from productivity.goal g
        where g.tenant_id = $1
        and g.completed_at >= d.begins_at
        and g.completed_at < d.ends_at
        and g.status = 'completed'
        and g.deleted_at is null
        order by g.completed_at
        offset 0
    ) g
    join productivity.analysed_user u on u.tenant_id = $1 and u.id = g.user_id
    left join rows from (
        unnest($8::text[]), unnest($9::text[]), generate_series(1, cardinality($8::text[]))
    ) as z (name, zone, place) on z.name = u.time_zone
) reached
order by d.day
