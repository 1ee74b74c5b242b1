-- Writes reports that are new or differ from the stored ones, one element of each array a report; the others are neither
-- locked nor rewritten. By the key (tenant_id, user_id, month).
insert into productivity.user_monthly_report (
    tenant_id, computed_at, month, user_id, goals_created, goals_completed, goals_open_end, overdue_end,
    sessions_completed, focus_seconds, active_days, best_streak, avg_session_seconds, median_session_seconds,
    longest_session_seconds, per_active_day_seconds, per_calendar_day_seconds, on_time_rate, best_weekday, best_daypart,
    focus_change_pct, details
)
select
    $1, $2, $3, c.user_id, c.goals_created, c.goals_completed, c.goals_open_end, c.overdue_end, c.sessions_completed,
    c.focus_seconds, c.active_days, c.best_streak, c.avg_session_seconds, c.median_session_seconds,
    c.longest_session_seconds, c.per_active_day_seconds, c.per_calendar_day_seconds, c.on_time_rate, c.best_weekday,
    c.best_daypart, c.focus_change_pct, c.details
from rows from (
    unnest($4::uuid[]), unnest($5::integer[]), unnest($6::integer[]), unnest($7::integer[]), unnest($8::integer[]),
    unnest($9::integer[]), unnest($10::integer[]), unnest($11::integer[]), unnest($12::integer[]),
    unnest($13::integer[]), unnest($14::integer[]), unnest($15::integer[]), unnest($16::integer[]),
    unnest($17::integer[]), unnest($18::numeric[]), unnest($19::smallint[]), unnest($20::text[]),
    unnest($21::numeric[]), unnest($22::jsonb[]),
    -- The planner takes any array for ten elements long, and a series for a thousand.
    generate_series(1, cardinality($4::uuid[]))
) as c (
    user_id, goals_created, goals_completed, goals_open_end, overdue_end, sessions_completed, focus_seconds,
    active_days, best_streak, avg_session_seconds, median_session_seconds, longest_session_seconds,
    per_active_day_seconds, per_calendar_day_seconds, on_time_rate, best_weekday, best_daypart, focus_change_pct,
    details, place
)
left join lateral (
    select *
    from productivity.user_monthly_report m
    where m.tenant_id = $1
    and m.user_id = c.user_id
    and m.month = $3
    order by m.user_id
    limit 1
) stored on true
where (
    stored.goals_created, stored.goals_completed, stored.goals_open_end, stored.overdue_end, stored.sessions_completed,
    stored.focus_seconds, stored.active_days, stored.best_streak, stored.avg_session_seconds,
    stored.median_session_seconds, stored.longest_session_seconds, stored.per_active_day_seconds,
    stored.per_calendar_day_seconds, stored.on_time_rate, stored.best_weekday, stored.best_daypart,
    stored.focus_change_pct, stored.details
) is distinct from (
    c.goals_created, c.goals_completed, c.goals_open_end, c.overdue_end, c.sessions_completed, c.focus_seconds,
    c.active_days, c.best_streak, c.avg_session_seconds, c.median_session_seconds, c.longest_session_seconds,
    c.per_active_day_seconds, c.per_calendar_day_seconds, c.on_time_rate, c.best_weekday, c.best_daypart,
    c.focus_change_pct, c.details
)
on conflict (tenant_id, user_id, month) do update
set
    computed_at = excluded.computed_at,
    goals_created = excluded.goals_created,
    goals_completed = excluded.goals_completed,
    goals_open_end = excluded.goals_open_end,
    overdue_end = excluded.overdue_end,
    sessions_completed = excluded.sessions_completed,
    focus_seconds = excluded.focus_seconds,
    active_days = excluded.active_days,
    best_streak = excluded.best_streak,
    avg_session_seconds = excluded.avg_session_seconds,
    median_session_seconds = excluded.median_session_seconds,
    longest_session_seconds = excluded.longest_session_seconds,
    per_active_day_seconds = excluded.per_active_day_seconds,
    per_calendar_day_seconds = excluded.per_calendar_day_seconds,
    on_time_rate = excluded.on_time_rate,
    best_weekday = excluded.best_weekday,
    best_daypart = excluded.best_daypart,
    focus_change_pct = excluded.focus_change_pct,
    details = excluded.details
