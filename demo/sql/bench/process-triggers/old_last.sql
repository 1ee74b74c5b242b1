-- When one customer last bought, as the replaced program asked for each.
select max(o.delivered_at), min(o.delivered_at)
from sales."order" o
where o.tenant_id = $1
and o.customer_id = $2
and o.delivered_at < $3
and o.status <> 'CANCELLED'
