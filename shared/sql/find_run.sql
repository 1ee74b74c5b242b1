-- Whether the job is paused, and the run that has this key already.
select
    coalesce((select s.enabled from platform.job_setting s where s.job = $1), true) as "enabled!",
    run.id as "id?",
    run.status as "status?",
    run.dry_run as "dry_run?",
    run.scope as "scope?",
    run.report as "report?"
from (values (1)) as one
-- In the order of the unique index, which is good whatever the statistics say.
left join lateral (
    select r.id, r.event_key, r.status, r.dry_run, r.scope, r.report
    from platform.job_run r
    where r.job = $1
    and r.event_key >= $2
    order by r.event_key
    limit 1
) run on run.event_key = $2
