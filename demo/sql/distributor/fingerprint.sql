-- A distributor's rows that jobs write in one word. A row's xmin is in it, so a row written again with the same values
-- shows as well.
select md5(coalesce(string_agg(line, ',' order by line), '')) as "fingerprint!"
from (
    select md5(written::text) || written.xmin::text as line from sales.customer written where tenant_id = $1
    union all
    select md5(written::text) || written.xmin::text from sales.customer_type_change written where tenant_id = $1
    union all
    select md5(written::text) || written.xmin::text from sales."order" written where tenant_id = $1
    union all
    select md5(written::text) || written.xmin::text from sales.sample_usage written where tenant_id = $1
    union all
    select md5(written::text) || written.xmin::text from sales.sample_metric written where tenant_id = $1
    union all
    select md5(written::text) || written.xmin::text from sales.sample_metric_sku written where tenant_id = $1
    union all
    select md5(written::text) || written.xmin::text from sales.sku written where tenant_id = $1
    union all
    select md5(written::text) || written.xmin::text from sales.sku_demand written where tenant_id = $1
    union all
    select md5(written::text) || written.xmin::text from sales.inventory_alert written where tenant_id = $1
    union all
    select md5(written::text) || written.xmin::text from sales.inventory_recommendation written where tenant_id = $1
    union all
    select md5(written::text) || written.xmin::text from sales.customer_sku_rate written where tenant_id = $1
    union all
    select md5(written::text) || written.xmin::text from sales.trigger_execution written where tenant_id = $1
    union all
    select md5(written::text) || written.xmin::text from sales.task written where tenant_id = $1
    union all
    select md5(written::text) || written.xmin::text from platform.notification written where tenant_id = $1
    union all
    select md5(written::text) || written.xmin::text from platform.message written where tenant_id = $1
) lines
