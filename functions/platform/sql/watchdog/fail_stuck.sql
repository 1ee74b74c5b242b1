-- Marks runs failed that gave no sign of life since $2, and raises their fences, so that one that was only frozen finds
-- itself overtaken and can no longer close its row. $1: the jobs; $3: the look's clock; $4: what is said.
--
-- By the index of running runs, which are few. A run whose row or lease is locked is just being written to: it lives. What
-- was found is looked at again under its lock, so that of two looks, or of a look and a run that resumes, one wins.
with silent as materialized (
    select r.id, r.job, r.scope, r.fence
    from platform.job_run r
    where r.job = any($1)
    and r.status = 'running'
    and r.heartbeat_at < $2
    for update skip locked
),
lease as materialized (
    select l.id, l.job, l.scope
    from silent s
    join platform.job_lease l on l.job = s.job and l.scope = s.scope and l.fence = s.fence
    for update of l skip locked
),
stuck as (
    select s.id, s.fence
    from silent s
    where exists (select from lease where lease.job = s.job and lease.scope = s.scope)
    -- Its lease has moved on, or never was.
    or not exists (
        select
        from platform.job_lease l
        where l.job = s.job
        and l.scope = s.scope
        and l.fence = s.fence
    )
),
overtaken as (
    update platform.job_lease l
    set fence = l.fence + 1, taken_at = $3
    from lease
    where l.id = lease.id
)
update platform.job_run r
set status = 'failed', fence = r.fence + 1, finished_at = $3, error = $4
from stuck
where r.id = stuck.id
and r.status = 'running'
and r.fence is not distinct from stuck.fence
returning r.job, r.attempt, r.dry_run
