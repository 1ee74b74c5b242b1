-- Moves a tenant's endpoints that are in use to the receiver at $2, each to a path of its own.
update platform.webhook_endpoint
set target_url = $2 || id
where tenant_id = $1
and is_enabled
