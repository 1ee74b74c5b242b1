-- First purchases that were delivered from $2 until $3, by the partial index (tenant_id, delivered_at) of first
-- orders; their customers by the unique index (tenant_id, id).
select
    o.id as order_id,
    o.delivered_at as "delivered_at!",
    o.total,
    c.id,
    c.name,
    c.email,
    c.sales_rep_id,
    c.do_not_contact_until,
    c.account_type,
    c.lifecycle_stage,
    c.last_order_date
from sales."order" o
-- The first customer from the order's on, which is the order's: in that order there is one index.
cross join lateral (
    select
        c.id, c.name, c.email, c.sales_rep_id, c.do_not_contact_until, c.account_type, c.lifecycle_stage,
        c.last_order_date, c.is_permanently_closed
    from sales.customer c
    where c.tenant_id = $1
    and c.id >= o.customer_id
    order by c.id
    limit 1
) c
where o.tenant_id = $1
and o.is_first_order
and o.delivered_at >= $2
and o.delivered_at < $3
and o.status <> 'CANCELLED'
and o.total > 0
and c.id = o.customer_id
and not c.is_permanently_closed
and c.lifecycle_stage is distinct from 'HOLD'
