-- How a company's people worked on each of their own dates before $2, as daily-analytics has left it night by night; on the
-- 17th of months that are half a year old it did not run.
insert into productivity.user_daily_focus (
    tenant_id, user_id, day, sessions_completed, sessions_cancelled, sessions_expired, sessions_counted, focus_seconds,
    break_sessions, break_seconds, by_type, computed_at
)
select
    $1,
    s.user_id,
    s.day,
    count(*) filter (where s.is_focus and s.status = 'completed'),
    count(*) filter (where s.is_focus and s.status = 'cancelled'),
    count(*) filter (where s.is_focus and s.status = 'expired'),
    count(*) filter (where s.is_counted),
    coalesce(sum(s.capped_seconds) filter (where s.is_counted), 0),
    count(*) filter (where not s.is_focus and s.status = 'completed'),
    coalesce(sum(s.capped_seconds) filter (where not s.is_focus and s.status = 'completed'), 0),
    jsonb_strip_nulls(jsonb_build_object(
        'pomodoro', sum(s.capped_seconds) filter (where s.is_counted and s.type = 'pomodoro'),
        'focus', sum(s.capped_seconds) filter (where s.is_counted and s.type = 'focus'),
        'custom', sum(s.capped_seconds) filter (where s.is_counted and s.type = 'custom')
    )),
    (s.day + interval '1 day 1 hour') at time zone 'UTC'
from (
    select e.*, (e.ended_at at time zone coalesce(z.name, own.name, 'UTC'))::date as day
    from productivity.ended_session e
    join productivity.app_user u on u.id = e.user_id
    join platform.tenant t on t.id = e.tenant_id
    left join (select name from pg_timezone_names) z on z.name = btrim(u.time_zone, E' \t\n')
    left join (select name from pg_timezone_names) own on own.name = t.time_zone
    where e.tenant_id = $1
) s
where s.day < $2
and not (extract(day from s.day) = 17 and s.day < $2::date - 182)
group by s.user_id, s.day
