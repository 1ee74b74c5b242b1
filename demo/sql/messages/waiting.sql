-- How much of a tenant's waits to be sent.
select
    count(*) filter (where channel = 'email') as "emails!",
    count(*) filter (where channel = 'webhook') as "webhooks!"
from platform.message
where tenant_id = $1
and status = 'pending'
