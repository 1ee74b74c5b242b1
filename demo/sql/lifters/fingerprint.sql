-- An app's rows that jobs write in one word. A row's xmin is in it, so a row written again with the same values shows
-- as well.
select md5(coalesce(string_agg(line, ',' order by line), '')) as "fingerprint!"
from (
    select md5(written::text) || written.xmin::text as line from training.behavior_metric written where tenant_id = $1
    union all
    select md5(written::text) || written.xmin::text from training.weekly_report written where tenant_id = $1
    union all
    select md5(written::text) || written.xmin::text from training.prediction written where tenant_id = $1
    union all
    select md5(written::text) || written.xmin::text from platform.notification written where tenant_id = $1
) lines
