-- Does what is to be done with rows of a part $2 by their keys $4, where they are still older than $3: old goals are archived,
-- old messages lose their text, everything else is deleted. Each by its table's primary key.
with goal as (
    update productivity.goal t
    set archived_at = $5
    from jsonb_to_recordset($4) as k (id uuid)
    where $2 = 'goal'
    and t.tenant_id = $1
    and t.id = k.id
    and case when t.completed_at is not null then t.completed_at when t.cancelled_at is not null then t.cancelled_at else t.updated_at end < $3
    and t.status in ('completed', 'cancelled')
    and t.archived_at is null
    and t.deleted_at is null
    and not t.is_recurring
    returning 1
),
daily_metric as (
    delete from productivity.daily_metric t
    using jsonb_to_recordset($4) as k (age date)
    where $2 = 'daily_metric'
    and t.tenant_id = $1
    and t.day = k.age
    and t.day < ($3::timestamptz at time zone 'UTC')::date
    returning 1
),
metric_trend as (
    delete from productivity.metric_trend t
    using jsonb_to_recordset($4) as k (age date, metric text, basis text)
    where $2 = 'metric_trend'
    and t.tenant_id = $1
    and t.day = k.age
    and t.metric = k.metric
    and t.basis = k.basis
    and t.day < ($3::timestamptz at time zone 'UTC')::date
    returning 1
),
anomaly as (
    delete from productivity.anomaly t
    using jsonb_to_recordset($4) as k (metric text, period text, age timestamptz)
    where $2 = 'anomaly'
    and t.tenant_id = $1
    and t.metric = k.metric
    and t.period = k.period
    and t.period_start = k.age
    and t.period_start < $3
    returning 1
),
behavior_insight as (
    delete from productivity.behavior_insight t
    using jsonb_to_recordset($4) as k (age timestamptz)
    where $2 = 'behavior_insight'
    and t.tenant_id = $1
    and t.window_start = k.age
    and t.window_start < $3
    returning 1
),
user_activity_day as (
    delete from productivity.user_activity_day t
    using jsonb_to_recordset($4) as k (user_id uuid, age date)
    where $2 = 'user_activity_day'
    and t.tenant_id = $1
    and t.user_id = k.user_id
    and t.day = k.age
    and t.day < ($3::timestamptz at time zone 'UTC')::date
    returning 1
),
performance_metric as (
    delete from productivity.performance_metric t
    using jsonb_to_recordset($4) as k (age timestamptz, scope text)
    where $2 = 'performance_metric'
    and t.tenant_id = $1
    and t.hour_at = k.age
    and t.scope = k.scope
    and t.hour_at < $3
    returning 1
),
http_minute_stat as (
    delete from productivity.http_minute_stat t
    using jsonb_to_recordset($4) as k (age timestamptz, route text)
    where $2 = 'http_minute_stat'
    and t.tenant_id = $1
    and t.minute_at = k.age
    and t.route = k.route
    and t.minute_at < $3
    returning 1
),
read_notification as (
    delete from platform.notification t
    using jsonb_to_recordset($4) as k (id uuid)
    where $2 = 'read_notification'
    and t.tenant_id = $1
    and t.id = k.id
    and t.read_at < $3
    and t.read_at is not null
    returning 1
),
unread_notification as (
    delete from platform.notification t
    using jsonb_to_recordset($4) as k (id uuid)
    where $2 = 'unread_notification'
    and t.tenant_id = $1
    and t.id = k.id
    and t.created_at < $3
    and t.read_at is null
    returning 1
),
message as (
    delete from platform.message t
    using jsonb_to_recordset($4) as k (id uuid)
    where $2 = 'message'
    and t.tenant_id = $1
    and t.id = k.id
    and t.created_at < $3
    and t.status in ('sent', 'failed', 'expired', 'suppressed')
    returning 1
),
message_text as (
    update platform.message t
    set body_text = '', body_html = '', payload = '{}', headers = '{}'
    from jsonb_to_recordset($4) as k (id uuid)
    where $2 = 'message_text'
    and t.tenant_id = $1
    and t.id = k.id
    and t.created_at < $3
    and t.status in ('sent', 'failed', 'expired', 'suppressed')
    and (t.body_text <> '' or t.body_html <> '')
    returning 1
),
contact_log as (
    delete from productivity.contact_log t
    using jsonb_to_recordset($4) as k (dedupe_key text)
    where $2 = 'contact_log'
    and t.tenant_id = $1
    and t.dedupe_key = k.dedupe_key
    and t.created_at < $3
    returning 1
),
goal_reminder_mark as (
    delete from productivity.goal_reminder_mark t
    using jsonb_to_recordset($4) as k (goal_id uuid, age date, bucket text)
    where $2 = 'goal_reminder_mark'
    and t.tenant_id = $1
    and t.goal_id = k.goal_id
    and t.due_on = k.age
    and t.bucket = k.bucket
    and t.due_on < ($3::timestamptz at time zone 'UTC')::date
    returning 1
),
activity_event as (
    delete from productivity.activity_event t
    using jsonb_to_recordset($4) as k (id uuid)
    where $2 = 'activity_event'
    and t.tenant_id = $1
    and t.id = k.id
    and t.occurred_at < $3
    returning 1
),
user_segment as (
    delete from productivity.user_segment t
    using jsonb_to_recordset($4) as k (age date, user_id uuid)
    where $2 = 'user_segment'
    and t.tenant_id = $1
    and t.month = k.age
    and t.user_id = k.user_id
    and t.month < ($3::timestamptz at time zone 'UTC')::date
    returning 1
),
timer_session_archive as (
    delete from productivity.timer_session_archive t
    using jsonb_to_recordset($4) as k (id uuid)
    where $2 = 'timer_session_archive'
    and t.tenant_id = $1
    and t.id = k.id
    and t.ended_at < $3
    and not exists (
        select
        from productivity.app_user u
        where u.tenant_id = $1
        and u.legal_hold
        and u.id = t.user_id
    )
    returning 1
)
select count(*) as "acted!"
from (
    select from goal
    union all
    select from daily_metric
    union all
    select from metric_trend
    union all
    select from anomaly
    union all
    select from behavior_insight
    union all
    select from user_activity_day
    union all
    select from performance_metric
    union all
    select from http_minute_stat
    union all
    select from read_notification
    union all
    select from unread_notification
    union all
    select from message
    union all
    select from message_text
    union all
    select from contact_log
    union all
    select from goal_reminder_mark
    union all
    select from activity_event
    union all
    select from user_segment
    union all
    select from timer_session_archive
) as acted
