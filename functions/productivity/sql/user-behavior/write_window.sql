-- Writes how people worked in a window, and says how many rows those were. By the primary key. It differs from what is stored,
-- or did when that was read.
with written as (
    insert into productivity.behavior_insight (
        tenant_id, computed_at, window_start, sessions, sessions_completed, adherence_base, adherence_kept, by_type,
        median_seconds, p90_seconds, completion_rate, break_adherence, mean_pauses, mean_rating, hours,
        goal_timing_median_days
    )
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
    on conflict (tenant_id, window_start) do update
    set
        computed_at = excluded.computed_at,
        sessions = excluded.sessions,
        sessions_completed = excluded.sessions_completed,
        adherence_base = excluded.adherence_base,
        adherence_kept = excluded.adherence_kept,
        by_type = excluded.by_type,
        median_seconds = excluded.median_seconds,
        p90_seconds = excluded.p90_seconds,
        completion_rate = excluded.completion_rate,
        break_adherence = excluded.break_adherence,
        mean_pauses = excluded.mean_pauses,
        mean_rating = excluded.mean_rating,
        hours = excluded.hours,
        goal_timing_median_days = excluded.goal_timing_median_days
    returning 1
)
select count(*) as "written!"
from written
