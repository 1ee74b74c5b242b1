-- The next rows of a part $2 that are due: older than $3, after $4 in the order of their age and then their key, as many as
-- $5. Each is named by a key in JSON, which only the database reads, and whose first column is the age.
--
-- A part is a branch, and the others' conditions are false before they read anything. Each is read in the order of an
-- index that begins with the tenant and the age; a company's messages by (tenant_id, created_at). There is no coalesce,
-- because under row level security the planner keeps one from the indexes.
(
    select jsonb_build_object(
        'age', case when t.completed_at is not null then t.completed_at when t.cancelled_at is not null then t.cancelled_at else t.updated_at end,
        'id', t.id
    ) as "key!"
    from productivity.goal t
    where $2 = 'goal'
    and t.tenant_id = $1
    and case when t.completed_at is not null then t.completed_at when t.cancelled_at is not null then t.cancelled_at else t.updated_at end < $3
    and t.status in ('completed', 'cancelled')
    and t.archived_at is null
    and t.deleted_at is null
    and not t.is_recurring
    and (
        case when t.completed_at is not null then t.completed_at when t.cancelled_at is not null then t.cancelled_at else t.updated_at end,
        t.id
    ) > (($4::jsonb ->> 'age')::timestamptz, ($4::jsonb ->> 'id')::uuid)
    order by case when t.completed_at is not null then t.completed_at when t.cancelled_at is not null then t.cancelled_at else t.updated_at end, t.id
    limit $5
)
union all
(
    select jsonb_build_object('age', t.day)
    from productivity.daily_metric t
    where $2 = 'daily_metric'
    and t.tenant_id = $1
    and t.day < ($3::timestamptz at time zone 'UTC')::date
    and t.day > ($4::jsonb ->> 'age')::date
    order by t.day
    limit $5
)
union all
(
    select jsonb_build_object('age', t.day, 'metric', t.metric, 'basis', t.basis)
    from productivity.metric_trend t
    where $2 = 'metric_trend'
    and t.tenant_id = $1
    and t.day < ($3::timestamptz at time zone 'UTC')::date
    and (t.day, t.metric, t.basis)
        > (($4::jsonb ->> 'age')::date, $4::jsonb ->> 'metric', $4::jsonb ->> 'basis')
    order by t.day, t.metric, t.basis
    limit $5
)
union all
(
    select jsonb_build_object('age', t.period_start, 'metric', t.metric, 'period', t.period)
    from productivity.anomaly t
    where $2 = 'anomaly'
    and t.tenant_id = $1
    and t.period_start < $3
    and (t.period_start, t.metric, t.period)
        > (($4::jsonb ->> 'age')::timestamptz, $4::jsonb ->> 'metric', $4::jsonb ->> 'period')
    order by t.period_start, t.metric, t.period
    limit $5
)
union all
(
    select jsonb_build_object('age', t.window_start)
    from productivity.behavior_insight t
    where $2 = 'behavior_insight'
    and t.tenant_id = $1
    and t.window_start < $3
    and t.window_start > ($4::jsonb ->> 'age')::timestamptz
    order by t.window_start
    limit $5
)
union all
(
    select jsonb_build_object('age', t.day, 'user_id', t.user_id)
    from productivity.user_activity_day t
    where $2 = 'user_activity_day'
    and t.tenant_id = $1
    and t.day < ($3::timestamptz at time zone 'UTC')::date
    and (t.day, t.user_id) > (($4::jsonb ->> 'age')::date, ($4::jsonb ->> 'user_id')::uuid)
    order by t.day, t.user_id
    limit $5
)
union all
(
    select jsonb_build_object('age', t.hour_at, 'scope', t.scope)
    from productivity.performance_metric t
    where $2 = 'performance_metric'
    and t.tenant_id = $1
    and t.hour_at < $3
    and (t.hour_at, t.scope) > (($4::jsonb ->> 'age')::timestamptz, $4::jsonb ->> 'scope')
    order by t.hour_at, t.scope
    limit $5
)
union all
(
    select jsonb_build_object('age', t.minute_at, 'route', t.route)
    from productivity.http_minute_stat t
    where $2 = 'http_minute_stat'
    and t.tenant_id = $1
    and t.minute_at < $3
    and (t.minute_at, t.route) > (($4::jsonb ->> 'age')::timestamptz, $4::jsonb ->> 'route')
    order by t.minute_at, t.route
    limit $5
)
union all
(
    select jsonb_build_object('age', t.read_at, 'id', t.id)
    from platform.notification t
    where $2 = 'read_notification'
    and t.tenant_id = $1
    and t.read_at < $3
    and t.read_at is not null
    and (t.read_at, t.id) > (($4::jsonb ->> 'age')::timestamptz, ($4::jsonb ->> 'id')::uuid)
    order by t.read_at, t.id
    limit $5
)
union all
(
    select jsonb_build_object('age', t.created_at, 'id', t.id)
    from platform.notification t
    where $2 = 'unread_notification'
    and t.tenant_id = $1
    and t.created_at < $3
    and t.read_at is null
    and (t.created_at, t.id) > (($4::jsonb ->> 'age')::timestamptz, ($4::jsonb ->> 'id')::uuid)
    order by t.created_at, t.id
    limit $5
)
union all
(
    select jsonb_build_object('age', t.created_at, 'id', t.id)
    from platform.message t
    where $2 = 'message'
    and t.tenant_id = $1
    and t.created_at < $3
    and t.status in ('sent', 'failed', 'expired', 'suppressed')
    and (t.created_at, t.id) > (($4::jsonb ->> 'age')::timestamptz, ($4::jsonb ->> 'id')::uuid)
    order by t.created_at, t.id
    limit $5
)
union all
(
    select jsonb_build_object('age', t.created_at, 'id', t.id)
    from platform.message t
    where $2 = 'message_text'
    and t.tenant_id = $1
    and t.created_at < $3
    and t.status in ('sent', 'failed', 'expired', 'suppressed')
    and (t.body_text <> '' or t.body_html <> '')
    and (t.created_at, t.id) > (($4::jsonb ->> 'age')::timestamptz, ($4::jsonb ->> 'id')::uuid)
    order by t.created_at, t.id
    limit $5
)
union all
(
    select jsonb_build_object('age', t.created_at, 'dedupe_key', t.dedupe_key)
    from productivity.contact_log t
    where $2 = 'contact_log'
    and t.tenant_id = $1
    and t.created_at < $3
    and (t.created_at, t.dedupe_key)
        > (($4::jsonb ->> 'age')::timestamptz, $4::jsonb ->> 'dedupe_key')
    order by t.created_at, t.dedupe_key
    limit $5
)
union all
(
    select jsonb_build_object('age', t.due_on, 'goal_id', t.goal_id, 'bucket', t.bucket)
    from productivity.goal_reminder_mark t
    where $2 = 'goal_reminder_mark'
    and t.tenant_id = $1
    and t.due_on < ($3::timestamptz at time zone 'UTC')::date
    and (t.due_on, t.goal_id, t.bucket)
        > (($4::jsonb ->> 'age')::date, ($4::jsonb ->> 'goal_id')::uuid, $4::jsonb ->> 'bucket')
    order by t.due_on, t.goal_id, t.bucket
    limit $5
)
union all
(
    select jsonb_build_object('age', t.occurred_at, 'id', t.id)
    from productivity.activity_event t
    where $2 = 'activity_event'
    and t.tenant_id = $1
    and t.occurred_at < $3
    and (t.occurred_at, t.id) > (($4::jsonb ->> 'age')::timestamptz, ($4::jsonb ->> 'id')::uuid)
    order by t.occurred_at, t.id
    limit $5
)
union all
(
    select jsonb_build_object('age', t.month, 'user_id', t.user_id)
    from productivity.user_segment t
    where $2 = 'user_segment'
    and t.tenant_id = $1
    and t.month < ($3::timestamptz at time zone 'UTC')::date
    and (t.month, t.user_id) > (($4::jsonb ->> 'age')::date, ($4::jsonb ->> 'user_id')::uuid)
    order by t.month, t.user_id
    limit $5
)
union all
(
    select jsonb_build_object('age', t.ended_at, 'id', t.id)
    from productivity.timer_session_archive t
    where $2 = 'timer_session_archive'
    and t.tenant_id = $1
    and t.ended_at < $3
    and t.archived_at <> $6
    and not exists (
        select
        from productivity.app_user u
        where u.tenant_id = $1
        and u.legal_hold
        and u.id = t.user_id
    )
    and (t.ended_at, t.id) > (($4::jsonb ->> 'age')::timestamptz, ($4::jsonb ->> 'id')::uuid)
    order by t.ended_at, t.id
    limit $5
)
union all
(
    select jsonb_build_object('age', t.deleted_at, 'id', t.id)
    from productivity.app_user t
    where $2 = 'app_user'
    and t.tenant_id = $1
    and t.deleted_at < $3
    and not t.legal_hold
    and (t.deleted_at, t.id) > (($4::jsonb ->> 'age')::timestamptz, ($4::jsonb ->> 'id')::uuid)
    order by t.deleted_at, t.id
    limit $5
)
