-- Runs to be started again: those that the watchdog marked failed since $1, by what it said of them ($2), unless they were
-- a dry run, had $3 attempts, or were followed by a run of the same scope or of all. Until they run, each look finds them.
--
-- By the index of the ends of runs, and for each found by (job, started_at desc).
select r.id, r.job, r.event_key as "event_key?", r.scope, r.as_of
from platform.job_run r
left join platform.job_setting setting on setting.job = r.job
left join lateral (
    select true as is_there
    from platform.job_run later
    where later.job = r.job
    and later.started_at > r.started_at
    and later.scope in ('', r.scope)
    and later.status <> 'skipped'
    and not later.dry_run
    order by later.started_at desc
    limit 1
) later on true
where r.finished_at >= $1
and r.finished_at <= $4
and r.status = 'failed'
and r.error = $2
and not r.dry_run
and r.attempt < $3
and r.job = any($5)
and setting.enabled is distinct from false
and later.is_there is null
order by r.finished_at
