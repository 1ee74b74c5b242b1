-- Whether the job is paused, and the run that has this key already.
select
    coalesce((select s.enabled from platform.job_setting s where s.job = $1), true) as "enabled!",
    run.id as "id?",
    run.status as "status?",
    run.dry_run as "dry_run?",
    run.scope as "scope?",
    run.report as "report?"
from (values (1)) as one
left join platform.job_run run on run.job = $1 and run.event_key = $2
