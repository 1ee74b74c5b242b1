-- All orders of one customer, as the replaced program fetched them for each.
select o.id, o.status, o.delivered_at, o.total
from sales."order" o
where o.tenant_id = $1
and o.customer_id = $2
and o.delivered_at < $3
