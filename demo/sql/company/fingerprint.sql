-- A company's rows that jobs write in one word, but for the protocol of clean-ups, which is written each time. A row's xmin is
-- in it, so a row written again with the same values shows as well.
select md5(coalesce(string_agg(line, ',' order by line), '')) as "fingerprint!"
from (
    select md5(written::text) || written.xmin::text as line from platform.message written where tenant_id = $1
    union all
    select md5(written::text) || written.xmin::text from platform.notification written where tenant_id = $1
    union all
    select md5(written::text) || written.xmin::text from productivity.contact_log written where tenant_id = $1
    union all
    select md5(written::text) || written.xmin::text from productivity.goal_reminder_mark written where tenant_id = $1
    union all
    select md5(written::text) || written.xmin::text from productivity.reengagement_episode written where tenant_id = $1
    union all
    select md5(written::text) || written.xmin::text from productivity.user_weekly_review written where tenant_id = $1
    union all
    select md5(written::text) || written.xmin::text from productivity.user_monthly_report written where tenant_id = $1
    union all
    select md5(written::text) || written.xmin::text from productivity.user_daily_focus written where tenant_id = $1
    union all
    select md5(written::text) || written.xmin::text from productivity.daily_metric written where tenant_id = $1
    union all
    select md5(written::text) || written.xmin::text from productivity.metric_trend written where tenant_id = $1
    union all
    select md5(written::text) || written.xmin::text from productivity.anomaly written where tenant_id = $1
    union all
    select md5(written::text) || written.xmin::text from productivity.weekly_metric written where tenant_id = $1
    union all
    select md5(written::text) || written.xmin::text from productivity.retention_cohort written where tenant_id = $1
    union all
    select md5(written::text) || written.xmin::text from productivity.usage_heatmap written where tenant_id = $1
    union all
    select md5(written::text) || written.xmin::text from productivity.monthly_insight written where tenant_id = $1
    union all
    select md5(written::text) || written.xmin::text from productivity.user_segment written where tenant_id = $1
    union all
    select md5(written::text) || written.xmin::text from productivity.feature_usage written where tenant_id = $1
    union all
    select md5(written::text) || written.xmin::text from productivity.behavior_insight written where tenant_id = $1
    union all
    select md5(written::text) || written.xmin::text from productivity.user_behavior_profile written where tenant_id = $1
    union all
    select md5(written::text) || written.xmin::text from productivity.performance_metric written where tenant_id = $1
    union all
    select md5(written::text) || written.xmin::text from productivity.timer_session written where tenant_id = $1
    union all
    select md5(written::text) || written.xmin::text from productivity.timer_session_archive written where tenant_id = $1
    union all
    select md5(written::text) || written.xmin::text from productivity.goal written where tenant_id = $1
    union all
    select md5(written::text) || written.xmin::text from productivity.app_user written where tenant_id = $1
) lines
