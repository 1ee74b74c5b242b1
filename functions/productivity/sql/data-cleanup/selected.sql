-- How many rows of a table $2 its parts would delete. $3 is the age, $4 that of unread notifications, $5 the run's clock.
select case $2
    when 'daily_metric' then (
        select count(*)
        from productivity.daily_metric t
        where t.tenant_id = $1
        and t.day < ($3::timestamptz at time zone 'UTC')::date
    )
    when 'metric_trend' then (
        select count(*)
        from productivity.metric_trend t
        where t.tenant_id = $1
        and t.day < ($3::timestamptz at time zone 'UTC')::date
    )
    when 'anomaly' then (
        select count(*)
        from productivity.anomaly t
        where t.tenant_id = $1
        and t.period_start < $3
    )
    when 'behavior_insight' then (
        select count(*)
        from productivity.behavior_insight t
        where t.tenant_id = $1
        and t.window_start < $3
    )
    when 'user_activity_day' then (
        select count(*)
        from productivity.user_activity_day t
        where t.tenant_id = $1
        and t.day < ($3::timestamptz at time zone 'UTC')::date
    )
    when 'performance_metric' then (
        select count(*)
        from productivity.performance_metric t
        where t.tenant_id = $1
        and t.hour_at < $3
    )
    when 'http_minute_stat' then (
        select count(*)
        from productivity.http_minute_stat t
        where t.tenant_id = $1
        and t.minute_at < $3
    )
    when 'notification' then (
        select count(*)
        from platform.notification t
        where t.tenant_id = $1
        and t.read_at is not null
        and t.read_at < $3
    ) + (
        select count(*)
        from platform.notification t
        where t.tenant_id = $1
        and t.read_at is null
        and t.created_at < $4
    )
    when 'message' then (
        select count(*)
        from platform.message t
        where t.tenant_id = $1
        and t.created_at < $3
        and t.status in ('sent', 'failed', 'expired', 'suppressed')
    )
    when 'contact_log' then (
        select count(*)
        from productivity.contact_log t
        where t.tenant_id = $1
        and t.created_at < $3
    )
    when 'goal_reminder_mark' then (
        select count(*)
        from productivity.goal_reminder_mark t
        where t.tenant_id = $1
        and t.due_on < ($3::timestamptz at time zone 'UTC')::date
    )
    when 'activity_event' then (
        select count(*)
        from productivity.activity_event t
        where t.tenant_id = $1
        and t.occurred_at < $3
    )
    when 'user_segment' then (
        select count(*)
        from productivity.user_segment t
        where t.tenant_id = $1
        and t.month < ($3::timestamptz at time zone 'UTC')::date
    )
    when 'timer_session_archive' then (
        select count(*)
        from productivity.timer_session_archive t
        where t.tenant_id = $1
        and t.ended_at < $3
        and t.archived_at <> $5
        and not exists (
            select
            from productivity.app_user u
            where u.tenant_id = $1
            and u.legal_hold
            and u.id = t.user_id
        )
    )
end
