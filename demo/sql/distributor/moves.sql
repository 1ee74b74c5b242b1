-- How a run moved a distributor's customers.
select field, old_value, new_value, count(*) as "count!"
from sales.customer_type_change
where tenant_id = $1
and run_id = $2
group by field, old_value, new_value
