-- One task of each kind that a run made.
select distinct on (t.trigger_type)
    t.trigger_type,
    k.title,
    k.priority,
    k.due_on,
    r.name as "owner?"
from sales.trigger_execution e
join sales.trigger t on t.tenant_id = $1 and t.id = e.trigger_id
join sales.task k on k.tenant_id = $1 and k.trigger_execution_id = e.id
left join sales.sales_rep r on r.tenant_id = $1 and r.user_id = k.user_id
where e.tenant_id = $1
and e.run_id = $2
order by t.trigger_type, k.title
