-- A distributor's active triggers, by the unique index (tenant_id, id).
select
    id,
    trigger_type,
    name,
    config::text as "config!",
    actions
from sales.trigger
where tenant_id = $1
and is_active
order by id
