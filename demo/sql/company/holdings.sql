-- What a company keeps. $2: what ended before is old, 180 days before the day.
select
    (select count(*) from productivity.timer_session where tenant_id = $1) as "sessions!",
    (select count(*) from productivity.timer_session_archive where tenant_id = $1) as "archived_sessions!",
    (select count(*) from productivity.timer_session where tenant_id = $1 and ended_at < $2) as "old_sessions!",
    (
        select count(*)
        from productivity.timer_session s
        join productivity.app_user u on u.tenant_id = $1 and u.id = s.user_id
        where s.tenant_id = $1
        and s.ended_at < $2
        and u.legal_hold
    ) as "held_sessions!",
    (select count(*) from productivity.timer_session where tenant_id = $1 and ended_at is null) as "running!",
    (
        select count(*)
        from productivity.goal g
        join productivity.app_user u on u.tenant_id = $1 and u.id = g.user_id
        where g.tenant_id = $1
        and g.archived_at is null
        and u.deleted_at is null
    ) as "goals!",
    (
        select count(*)
        from productivity.goal
        where tenant_id = $1
        and status in ('completed', 'cancelled')
        and coalesce(completed_at, cancelled_at, updated_at) < $2
        and archived_at is null
        and deleted_at is null
        and not is_recurring
    ) as "old_goals!",
    (
        select count(*)
        from platform.message
        where tenant_id = $1
        and body_text <> ''
        and status <> 'pending'
    ) as "letters!",
    -- Those that were there that day.
    (
        select count(*)
        from platform.notification
        where tenant_id = $1
        and created_at < $2 + interval '181 days'
    ) as "notices!",
    (select count(*) from productivity.http_minute_stat where tenant_id = $1)
    + (select count(*) from productivity.user_activity_day where tenant_id = $1)
    + (select count(*) from productivity.activity_event where tenant_id = $1) as "traces!",
    (select count(*) from productivity.app_user where tenant_id = $1) as "people!"
