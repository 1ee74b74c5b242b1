-- Writes reviews that are new or differ from the stored ones, one element of each array a review; the others are neither
-- locked nor rewritten. By the key (tenant_id, user_id, week_end_on).
insert into productivity.user_weekly_review (
    tenant_id, computed_at, user_id, week_end_on, focus_seconds, previous_focus_seconds, sessions_completed,
    goals_completed, active_days, streak, completion_rate, best_day, has_comparison
)
select
    $1, $2, c.user_id, c.week_end_on, c.focus_seconds, c.previous_focus_seconds, c.sessions_completed,
    c.goals_completed, c.active_days, c.streak, c.completion_rate, c.best_day, c.has_comparison
from rows from (
    unnest($3::uuid[]), unnest($4::date[]), unnest($5::integer[]), unnest($6::integer[]), unnest($7::integer[]),
    unnest($8::integer[]), unnest($9::integer[]), unnest($10::integer[]), unnest($11::numeric[]), unnest($12::date[]),
    unnest($13::boolean[]),
    -- The planner takes any array for ten elements long, and a series for a thousand.
    generate_series(1, cardinality($3::uuid[]))
) as c (
    user_id, week_end_on, focus_seconds, previous_focus_seconds, sessions_completed, goals_completed, active_days,
    streak, completion_rate, best_day, has_comparison, place
)
left join lateral (
    select *
    from productivity.user_weekly_review w
    where w.tenant_id = $1
    and w.user_id = c.user_id
    and w.week_end_on = c.week_end_on
    order by w.user_id
    limit 1
) stored on true
where (
    stored.focus_seconds, stored.previous_focus_seconds, stored.sessions_completed, stored.goals_completed,
    stored.active_days, stored.streak, stored.completion_rate, stored.best_day, stored.has_comparison
) is distinct from (
    c.focus_seconds, c.previous_focus_seconds, c.sessions_completed, c.goals_completed, c.active_days, c.streak,
    c.completion_rate, c.best_day, c.has_comparison
)
on conflict (tenant_id, user_id, week_end_on) do update
set
    computed_at = excluded.computed_at,
    focus_seconds = excluded.focus_seconds,
    previous_focus_seconds = excluded.previous_focus_seconds,
    sessions_completed = excluded.sessions_completed,
    goals_completed = excluded.goals_completed,
    active_days = excluded.active_days,
    streak = excluded.streak,
    completion_rate = excluded.completion_rate,
    best_day = excluded.best_day,
    has_comparison = excluded.has_comparison
