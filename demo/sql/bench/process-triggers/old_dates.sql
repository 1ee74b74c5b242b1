-- When one customer bought within half a year.
select o.delivered_at
from sales."order" o
where o.tenant_id = $1
and o.customer_id = $2
and o.delivered_at >= $3 - interval '180 days'
and o.delivered_at < $3
and o.status <> 'CANCELLED'
