-- The windows that begin from $2 to $3 as they are stored. By the primary key.
select
    window_start, sessions, sessions_completed, adherence_base, adherence_kept, by_type, median_seconds, p90_seconds,
    completion_rate, break_adherence, mean_pauses, mean_rating, hours, goal_timing_median_days
from productivity.behavior_insight
where tenant_id = $1
and window_start >= $2
and window_start <= $3
order by window_start
