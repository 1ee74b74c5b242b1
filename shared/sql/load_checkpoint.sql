-- How far this run had come with the tenant.
select cursor, finished, counters, total, processed, failed
from platform.job_checkpoint
where run_id = $1
and tenant_id = $2
