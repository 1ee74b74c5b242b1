-- The first errors of a run, one more than a report lists.
select tenant_slug as "tenant!", subject, message
from platform.job_run_error
where run_id = $1
order by occurred_at, tenant_slug, subject
limit $2
