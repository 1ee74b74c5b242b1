-- What one customer bought of late.
select distinct l.sku_id
from sales."order" o
join sales.order_line l on l.tenant_id = $1 and l.order_id = o.id
where o.tenant_id = $1
and o.customer_id = $2
and o.delivered_at >= $3 - interval '91 days'
and o.delivered_at < $3
