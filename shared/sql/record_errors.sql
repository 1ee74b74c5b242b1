-- One row a failed subject.
insert into platform.job_run_error (run_id, tenant_slug, subject, message, occurred_at)
select $1, $2, subject, message, clock_timestamp()
from unnest($3::text[], $4::text[]) as failed (subject, message)
