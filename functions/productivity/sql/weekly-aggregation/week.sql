-- A company's week: the days from $2 to the day before $3, the instants from $4 to before $5, and the seven days before
-- it. Local times by the zone that $6 has for the name that a user has set, and else by $7.
--
-- Activity by the index (tenant_id, day, user_id), sessions by (tenant_id, ended_at) and (tenant_id, started_at), goals
-- by (tenant_id, created_at) and (tenant_id, completed_at), people beside each of them by (tenant_id, id). What is of a time
-- is read apart and in order, so that no plan reads all there is.
with activity as (
    select
        a.user_id,
        count(*) filter (where a.day >= $2) as days,
        bool_or(a.day < $2) as is_of_week_before
    from (
        select a.user_id, a.day
        from productivity.user_activity_day a
        where a.tenant_id = $1
        and a.day >= $2::date - 7
        and a.day < $3
        order by a.day
    ) a
    group by a.user_id
),
growth as (
    select
        count(*) filter (where a.days > 0) as wau,
        count(*) filter (where a.days > 0 and u.created_at >= $4 and u.created_at < $5) as new_active,
        count(*) filter (
            where a.days > 0 and (u.created_at < $4 or u.created_at >= $5) and a.is_of_week_before
        ) as retained,
        count(*) filter (
            where a.days > 0 and (u.created_at < $4 or u.created_at >= $5) and not a.is_of_week_before
        ) as resurrected,
        count(*) filter (where a.days = 0) as dormant,
        array[
            count(*) filter (where a.days = 1), count(*) filter (where a.days = 2),
            count(*) filter (where a.days = 3), count(*) filter (where a.days = 4),
            count(*) filter (where a.days = 5), count(*) filter (where a.days = 6),
            count(*) filter (where a.days = 7)
        ]::integer[] as active_days_histogram
    from activity a
    join productivity.analysed_user u on u.tenant_id = $1 and u.id = a.user_id
),
newcomer as (
    select count(*) as users
    from productivity.analysed_user u
    where u.tenant_id = $1
    and u.created_at >= $4
    and u.created_at < $5
),
ended as materialized (
    select s.user_id, s.type, s.status, s.is_counted, s.capped_seconds
    from (
        select *
        from productivity.ended_session s
        where s.tenant_id = $1
        and s.is_focus
        and s.ended_at >= $4
        and s.ended_at < $5
        order by s.ended_at
    ) s
    join productivity.analysed_user u on u.tenant_id = $1 and u.id = s.user_id
),
kind as (
    select
        e.type,
        count(*) as sessions,
        count(*) filter (where e.status = 'completed') as completed,
        count(*) filter (where e.status = 'cancelled') as cancelled,
        count(*) filter (where e.status = 'expired') as expired,
        coalesce(sum(e.capped_seconds) filter (where e.is_counted), 0) as focus_seconds
    from ended e
    group by e.type
),
focus as (
    select
        coalesce(sum(k.completed), 0) as completed,
        coalesce(sum(k.cancelled), 0) as cancelled,
        coalesce(sum(k.expired), 0) as expired,
        coalesce(sum(k.focus_seconds), 0) as seconds,
        jsonb_object_agg(
            k.type,
            jsonb_build_object(
                'sessions', k.sessions, 'completed', k.completed, 'focusSeconds', k.focus_seconds
            )
        ) as by_type
    from kind k
),
begun as (
    select count(*) filter (where g.created_at >= $4 and g.deleted_at is null) as created,
        count(*) filter (
            where g.due_on < $3
            and (g.completed_at is null or g.completed_at >= $5)
            and (g.cancelled_at is null or g.cancelled_at >= $5)
            and (g.archived_at is null or g.archived_at >= $5)
            and (g.deleted_at is null or g.deleted_at >= $5)
        ) as overdue
    from (
        select *
        from productivity.goal g
        where g.tenant_id = $1
        and g.created_at < $5
        order by g.created_at
    ) g
    join productivity.analysed_user u on u.tenant_id = $1 and u.id = g.user_id
),
reached as (
    select count(*) as goals
    from (
        select g.user_id
        from productivity.goal g
        where g.tenant_id = $1
        and g.completed_at >= $4
        and g.completed_at < $5
        and g.status = 'completed'
        and g.deleted_at is null
        order by g.completed_at
    ) g
    join productivity.analysed_user u on u.tenant_id = $1 and u.id = g.user_id
),
started as materialized (
    select
        s.user_id,
        extract(dow from s.local)::smallint as dow,
        extract(hour from s.local)::smallint as hour,
        s.unknown_zone
    from (
        select
            s.user_id,
            -- A look-up in an object, and no join, so that no plan compares every session with every zone.
            s.started_at at time zone coalesce($6::jsonb ->> u.time_zone, $7::text) as local,
            case when not $6::jsonb ? u.time_zone then nullif(u.time_zone, '') end as unknown_zone
        from (
            select s.user_id, s.started_at
            from productivity.timer_session s
            where s.tenant_id = $1
            and s.type <> 'break'
            and s.started_at >= $4
            and s.started_at < $5
            order by s.started_at
        ) s
        join productivity.analysed_user u on u.tenant_id = $1 and u.id = s.user_id
        -- Apart, so that local time is told once for each.
        offset 0
    ) s
),
cell as (
    select s.dow, s.hour, count(*)::integer as sessions
    from started s
    group by s.dow, s.hour
),
heat as (
    select
        array_agg(c.dow order by c.dow, c.hour) as dows,
        array_agg(c.hour order by c.dow, c.hour) as hours,
        array_agg(c.sessions order by c.dow, c.hour) as sessions
    from cell c
),
unknown as (
    select s.unknown_zone as name, count(distinct s.user_id) as users
    from started s
    where s.unknown_zone is not null
    group by s.unknown_zone
)
select
    growth.wau::integer as "wau!",
    newcomer.users::integer as "new_users!",
    growth.new_active::integer as "new_active!",
    growth.retained::integer as "retained!",
    growth.resurrected::integer as "resurrected!",
    growth.dormant::integer as "dormant!",
    growth.active_days_histogram as "active_days_histogram!",
    focus.completed::integer as "completed!",
    focus.cancelled::integer as "cancelled!",
    focus.expired::integer as "expired!",
    focus.seconds::bigint as "focus_seconds!",
    coalesce(focus.by_type, '{}') as "by_type!",
    (select count(distinct e.user_id) from ended e where e.status = 'completed')::integer as "focus_users!",
    (
        select percentile_disc(0.5) within group (order by e.capped_seconds)
        from ended e
        where e.is_counted
    ) as "p50_session_seconds?",
    begun.created::integer as "goals_created!",
    reached.goals::integer as "goals_completed!",
    begun.overdue::integer as "goals_overdue!",
    coalesce(heat.dows, '{}') as "dows!",
    coalesce(heat.hours, '{}') as "hours!",
    coalesce(heat.sessions, '{}') as "sessions!",
    array(select name from unknown order by name) as "unknown_zones!",
    array(select users::integer from unknown order by name) as "users_of_unknown_zones!",
    -- What a dry run shows.
    (
        select jsonb_build_object(
            'wau', m.wau, 'newUsers', m.new_users, 'sessionsCompleted', m.sessions_completed,
            'focusSeconds', m.focus_seconds, 'goalsCompleted', m.goals_completed
        )
        from productivity.weekly_metric m
        where m.tenant_id = $1
        and m.week_start = $2
    ) as "stored?"
from growth, newcomer, focus, begun, reached, heat
