-- What a run made of each trigger's occasions, and what came of them.
select
    t.trigger_type,
    count(*) as "noticed!",
    count(*) filter (where e.status = 'SUCCESS') as "done!",
    count(task.id) as "tasks!",
    coalesce(sum(message.mails), 0)::bigint as "mails!",
    coalesce(sum(message.calls), 0)::bigint as "calls!",
    coalesce(sum(message.updates), 0)::bigint as "updates!"
from sales.trigger_execution e
join sales.trigger t on t.tenant_id = $1 and t.id = e.trigger_id
left join sales.task task on task.tenant_id = $1 and task.trigger_execution_id = e.id
left join lateral (
    select
        count(*) filter (where m.channel = 'email') as mails,
        count(*) filter (where m.channel = 'webhook') as calls,
        count(*) filter (where m.channel = 'crm') as updates
    from platform.message m
    where m.tenant_id = $1
    and starts_with(m.dedupe_key, 'trigger:' || e.trigger_id || ':' || e.dedupe_key)
) message on true
where e.tenant_id = $1
and e.run_id = $2
group by t.trigger_type
