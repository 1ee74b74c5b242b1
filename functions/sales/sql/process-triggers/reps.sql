-- All reps of a distributor, by the unique index (tenant_id, id).
select
    id,
    user_id,
    name,
    email,
    is_active
from sales.sales_rep
where tenant_id = $1
order by id
