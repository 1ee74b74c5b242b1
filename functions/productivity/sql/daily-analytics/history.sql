-- The days from $2 to $3 as they are stored. By the primary key.
select
    day, dau, wau, mau, new_users, sessions_started, sessions_completed, sessions_cancelled, sessions_expired,
    sessions_counted, focus_users, outliers_capped, goals_created, goals_completed, goals_overdue_open, mails_failed,
    focus_seconds, stickiness, dau_wau, completion_rate, on_time_rate, avg_session_seconds, p50_session_seconds,
    p90_session_seconds, max_session_seconds, is_final
from productivity.daily_metric
where tenant_id = $1
and day >= $2
and day <= $3
order by day
