-- Where a distributor's webhooks may go, by the unique index (tenant_id, target_url), which is also their order.
select
    id,
    event_types
from platform.webhook_endpoint
where tenant_id = $1
and is_enabled
order by target_url
