-- The next fence of a job's scope, now this run's.
with taken as (
    insert into platform.job_lease as lease (job, scope, fence, run_id)
    values ($1, $2, 1, $3)
    on conflict (job, scope) do update
    set fence = lease.fence + 1, run_id = excluded.run_id, taken_at = clock_timestamp()
    returning fence
)
update platform.job_run
set fence = taken.fence
from taken
where job_run.id = $3
returning taken.fence as "fence!"
