-- What was executed on a date ($2), by the partial index (tenant_id, executed_on) of successes.
select
    customer_id,
    case when task_created then owner_user_id end as task_for
from sales.trigger_execution
where tenant_id = $1
and executed_on = $2
and status = 'SUCCESS'
