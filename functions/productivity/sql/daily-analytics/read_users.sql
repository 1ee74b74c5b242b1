-- The next users in the order of their ids of whom something was told of late, each with the dates that it may have changed:
-- how they worked on them, and what is stored of that. A row for each user and date, and one without a date for each user.
--
-- Users by the unique index (tenant_id, id). A session has ended from $6 to $5, by the index (tenant_id, user_id, ended_at),
-- or was changed in that time, by (tenant_id, user_id, updated_at). Dates: those from $7 to $8, those on which such a session
-- ended, and no older one than $9. Stored rows by the primary key. Zones: $10 as users have set them are $11, in which the
-- oldest of the recent dates begins at $12; whoever has none of them has $13, where it does at $14.
--
-- A user's sessions are asked for by pairs of user and instant as well, which say nothing more but are in the order of that
-- index alone: so a plan that was made for a single user is still good for all.
--
-- The page begins at $2, which is never NULL, and leaves out $3, the id that it comes after.
with page as materialized (
    select
        u.id,
        u.time_zone,
        case when z.zone is null then $13 else z.zone end as zone,
        case when z.zone is null then $14 else z.since end as since
    from (
        select u.id, case when u.time_zone is null then '' else u.time_zone end as time_zone
        from productivity.app_user u
        left join lateral (
            select s.user_id
            from productivity.timer_session s
            where s.tenant_id = $1
            and s.user_id = u.id
            and (s.user_id, s.ended_at) >= (u.id, $6)
            and s.ended_at >= $6
            and s.ended_at <= $5
            order by s.ended_at
            limit 1
        ) ended on true
        left join lateral (
            select s.user_id
            from productivity.timer_session s
            where s.tenant_id = $1
            and s.user_id = u.id
            and (s.user_id, s.updated_at) >= (u.id, $6)
            and s.updated_at >= $6
            and s.updated_at <= $5
            and s.ended_at is not null
            order by s.updated_at
            limit 1
        ) changed on true
        where u.tenant_id = $1
        and u.id >= $2
        and u.id is distinct from $3
        and u.status <> 'deleted'
        and u.deleted_at is null
        and (ended.user_id is not null or changed.user_id is not null)
        order by u.id
        limit $4
    ) u
    left join rows from (
        unnest($10::text[]), unnest($11::text[]), unnest($12::timestamptz[]), generate_series(1, cardinality($10::text[]))
    ) as z (name, zone, since, place) on z.name = u.time_zone
),
zoned as materialized (
    select
        p.id,
        p.time_zone,
        p.zone,
        p.since,
        (p.since at time zone p.zone)::date as since_day,
        -- Clocks that are set back over midnight show the date before once more, for less than a day.
        p.since + interval '1 day' as since_end
    from page p
),
session as (
    select p.id as user_id, p.time_zone, (s.ended_at at time zone p.zone)::date as day, s.*
    from zoned p
    cross join lateral (
        select
            s.type, s.status, s.is_focus, s.is_counted, s.capped_seconds, s.ended_at,
            s.ended_at >= $6 or s.updated_at >= $6 and s.updated_at <= $5 as is_recent
        from productivity.ended_session s
        where s.tenant_id = $1
        and s.user_id = p.id
        and (s.user_id, s.ended_at) >= (p.id, p.since)
        and s.ended_at >= p.since
        and s.ended_at <= $5
        -- Kept apart and in order, so that no plan reads all sessions there are.
        order by s.ended_at
        offset 0
    ) s
    where (s.ended_at at time zone p.zone)::date >= p.since_day
    union all
    -- Dates before those, of which something was told of late.
    select p.id, p.time_zone, o.day, s.*
    from zoned p
    cross join lateral (
        -- No clock is a whole day apart from UTC.
        select o.day, (o.day - 1)::timestamptz as from_at, least((o.day + 2)::timestamptz, $5) as to_at
        from (
            select distinct (s.ended_at at time zone p.zone)::date as day
            from (
                select s.ended_at
                from productivity.timer_session s
                where s.tenant_id = $1
                and s.user_id = p.id
                and (s.user_id, s.updated_at) >= (p.id, $6)
                and s.updated_at >= $6
                and s.updated_at <= $5
                and s.ended_at < p.since_end
                order by s.updated_at
                offset 0
            ) s
        ) o
        where o.day < p.since_day
        and o.day >= $9
        offset 0
    ) o
    cross join lateral (
        select s.type, s.status, s.is_focus, s.is_counted, s.capped_seconds, s.ended_at, true
        from productivity.ended_session s
        where s.tenant_id = $1
        and s.user_id = p.id
        and (s.user_id, s.ended_at) >= (p.id, o.from_at)
        and s.ended_at >= o.from_at
        and s.ended_at <= o.to_at
        order by s.ended_at
        offset 0
    ) s
    where (s.ended_at at time zone p.zone)::date = o.day
    union all
    -- Dates that may have lost what ended on them.
    select p.id, p.time_zone, f.day, null, null, null, null, null, null, null
    from zoned p
    cross join lateral (
        select f.day
        from productivity.user_daily_focus f
        where f.tenant_id = $1
        and f.user_id = p.id
        and f.day >= $7
        and f.day <= $8
        offset 0
    ) f
    union all
    select p.id, p.time_zone, null, null, null, null, null, null, null, null
    from zoned p
),
focus as (
    select
        s.user_id,
        s.time_zone,
        s.day,
        count(s.ended_at) as sessions,
        count(*) filter (where s.is_focus and s.status = 'completed') as sessions_completed,
        count(*) filter (where s.is_focus and s.status = 'cancelled') as sessions_cancelled,
        count(*) filter (where s.is_focus and s.status = 'expired') as sessions_expired,
        count(*) filter (where s.is_counted) as sessions_counted,
        coalesce(sum(s.capped_seconds) filter (where s.is_counted), 0) as focus_seconds,
        count(*) filter (where not s.is_focus and s.status = 'completed') as break_sessions,
        coalesce(sum(s.capped_seconds) filter (where not s.is_focus and s.status = 'completed'), 0) as break_seconds,
        jsonb_strip_nulls(jsonb_build_object(
            'pomodoro', sum(s.capped_seconds) filter (where s.is_counted and s.type = 'pomodoro'),
            'focus', sum(s.capped_seconds) filter (where s.is_counted and s.type = 'focus'),
            'custom', sum(s.capped_seconds) filter (where s.is_counted and s.type = 'custom')
        )) as by_type
    from session s
    group by s.user_id, s.time_zone, s.day
    having s.day is null or s.day >= $7 or bool_or(s.is_recent)
)
select
    f.user_id as "user_id!",
    f.time_zone as "time_zone!",
    f.day,
    f.sessions as "sessions!",
    f.sessions_completed as "sessions_completed!",
    f.sessions_cancelled as "sessions_cancelled!",
    f.sessions_expired as "sessions_expired!",
    f.sessions_counted as "sessions_counted!",
    f.focus_seconds as "focus_seconds!",
    f.break_sessions as "break_sessions!",
    f.break_seconds as "break_seconds!",
    f.by_type as "by_type!",
    stored.sessions_counted as "stored_sessions?",
    stored.focus_seconds as "stored_seconds?",
    (
        stored.sessions_completed, stored.sessions_cancelled, stored.sessions_expired, stored.sessions_counted,
        stored.focus_seconds, stored.break_sessions, stored.break_seconds, stored.by_type
    ) is not distinct from (
        f.sessions_completed, f.sessions_cancelled, f.sessions_expired, f.sessions_counted, f.focus_seconds,
        f.break_sessions, f.break_seconds, f.by_type
    ) as "is_same!"
from focus f
left join lateral (
    select *
    from productivity.user_daily_focus u
    where u.tenant_id = $1
    and u.user_id = f.user_id
    and u.day = f.day
    limit 1
) stored on true
