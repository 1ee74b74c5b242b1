-- All sessions ended more than half a year ago, and each day of them has been summed up; nobody has left or is under legal
-- hold.
update productivity.app_user
set
    legal_hold = false,
    deleted_at = null;

update productivity.timer_session
set
    started_at = started_at - interval '300 days',
    ended_at = ended_at - interval '300 days',
    resumed_at = resumed_at - interval '300 days',
    updated_at = updated_at - interval '300 days'
where ended_at is not null;

truncate productivity.user_daily_focus;

insert into productivity.user_daily_focus (
    tenant_id, user_id, day, sessions_completed, sessions_cancelled, sessions_expired, sessions_counted, focus_seconds,
    break_sessions, break_seconds, by_type, computed_at
)
select distinct s.tenant_id, s.user_id, s.ended_at::date + near.days, 0, 0, 0, 0, 0, 0, 0, jsonb '{}', timestamptz '2026-01-28T01:00Z'
from productivity.timer_session s
cross join (values (-1), (0), (1)) near (days)
where s.ended_at is not null
