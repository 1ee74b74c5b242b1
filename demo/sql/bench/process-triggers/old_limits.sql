-- What was done about it and on that day so far.
select
    (
        select x.status
        from sales.trigger_execution x
        where x.tenant_id = $1
        and x.trigger_id = e.trigger_id
        and x.dedupe_key = e.dedupe_key
    ),
    (
        select count(*)
        from sales.trigger_execution x
        where x.tenant_id = $1
        and x.executed_on = e.executed_on
        and x.status = 'SUCCESS'
    )
from public.kept_trigger_execution e
where e.tenant_id = $1
and e.id = $2
and $3 is not null
