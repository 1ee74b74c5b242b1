-- How many rows of a table $2 the company has, but for what this very run, at $3, put into the archive.
select case $2
    when 'timer_session' then (select count(*) from productivity.timer_session t where t.tenant_id = $1)
    when 'daily_metric' then (select count(*) from productivity.daily_metric t where t.tenant_id = $1)
    when 'metric_trend' then (select count(*) from productivity.metric_trend t where t.tenant_id = $1)
    when 'anomaly' then (select count(*) from productivity.anomaly t where t.tenant_id = $1)
    when 'behavior_insight' then (select count(*) from productivity.behavior_insight t where t.tenant_id = $1)
    when 'user_activity_day' then (select count(*) from productivity.user_activity_day t where t.tenant_id = $1)
    when 'performance_metric' then (select count(*) from productivity.performance_metric t where t.tenant_id = $1)
    when 'http_minute_stat' then (select count(*) from productivity.http_minute_stat t where t.tenant_id = $1)
    when 'notification' then (select count(*) from platform.notification t where t.tenant_id = $1)
    when 'message' then (select count(*) from platform.message t where t.tenant_id = $1)
    when 'contact_log' then (select count(*) from productivity.contact_log t where t.tenant_id = $1)
    when 'goal_reminder_mark' then (select count(*) from productivity.goal_reminder_mark t where t.tenant_id = $1)
    when 'activity_event' then (select count(*) from productivity.activity_event t where t.tenant_id = $1)
    when 'user_segment' then (select count(*) from productivity.user_segment t where t.tenant_id = $1)
    when 'timer_session_archive' then (
        select count(*)
        from productivity.timer_session_archive t
        where t.tenant_id = $1
        and t.archived_at <> $3
    )
end
