-- A company's tunables.
select
    goal_week_mail,
    goal_overdue_notice,
    daily_mail_workdays_only,
    nudge_mails_per_week,
    at_risk_days,
    churned_days,
    power_sessions,
    power_active_days,
    max_error_rate,
    max_p95_ms,
    max_mean_ms,
    alert_min_requests
from productivity.setting
where tenant_id = $1
