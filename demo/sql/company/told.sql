-- How much each job has told people so far, by e-mail, of that held back until quiet hours are over, in the application and
-- as pushes.
select told.job as "job!", told.channel as "channel!", count(*) as "count!"
from (
    select job, 'email' as channel from platform.message where tenant_id = $1
    union all
    select job, 'held' from platform.message where tenant_id = $1 and not_before is not null
    union all
    select
        case kind
            when 'goal-reminder' then 'goal-deadlines'
            when 'goal-planning' then 'goal-deadlines'
            when 'productivity-nudge' then 'daily-check'
            when 'break-reminder' then 'break-reminders'
            when 'timer-forgotten' then 'break-reminders'
            else kind
        end,
        channel
    from platform.notification
    where tenant_id = $1
) told
group by told.job, told.channel
