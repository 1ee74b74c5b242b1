-- Customers who may be contacted again since a date from $2 to $3, by the partial index (tenant_id,
-- do_not_contact_until).
select
    id,
    name,
    email,
    sales_rep_id,
    do_not_contact_until,
    account_type,
    lifecycle_stage,
    last_order_date
from sales.customer
where tenant_id = $1
and do_not_contact_until >= $2
and do_not_contact_until <= $3
and not is_permanently_closed
and lifecycle_stage is distinct from 'HOLD'
