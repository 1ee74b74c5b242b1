-- The next sessions that ended before $2, after $4 in the order (ended_at, id), with what says whether they may go: whose user is
-- on hold, and whether the day on the user's own calendar has been counted.
--
-- By the index on (tenant_id, ended_at, id); each session's user and day by a primary key. What this very run ended, at $3,
-- is left out: nobody has counted it yet. $6 and $7 are the zones that users have set, $8 is everybody else's.
with session as materialized (
    select s.id, s.user_id, s.ended_at, s.updated_at
    from productivity.timer_session s
    where s.tenant_id = $1
    and s.ended_at < $2
    and (s.ended_at, s.id) > (($4::jsonb ->> 'age')::timestamptz, ($4::jsonb ->> 'id')::uuid)
    order by s.ended_at, s.id
    limit $5
)
select
    jsonb_build_object('age', s.ended_at, 'id', s.id) as "key!",
    u.legal_hold or s.updated_at = $3 as "is_left!",
    counted.day is not null as "is_counted!"
from session s
join lateral (
    select
        u.id,
        u.legal_hold,
        case when u.time_zone is null then '' else u.time_zone end as time_zone
    from productivity.app_user u
    where u.tenant_id = $1
    and u.id >= s.user_id
    order by u.id
    limit 1
) u on u.id = s.user_id
left join rows from (
    unnest($6::text[]), unnest($7::text[]), generate_series(1, cardinality($6::text[]))
) as z (time_zone, name, n) on z.time_zone = u.time_zone
left join lateral (
    select f.day
    from productivity.user_daily_focus f
    where f.tenant_id = $1
    and f.user_id = s.user_id
    and f.day >= (s.ended_at at time zone case when z.name is null then $8 else z.name end)::date
    order by f.day
    limit 1
) counted on counted.day = (s.ended_at at time zone case when z.name is null then $8 else z.name end)::date
order by s.ended_at, s.id
