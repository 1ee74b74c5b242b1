-- What was sold of one product in each month.
select date_trunc('month', o.delivered_at), sum(l.quantity)
from sales.order_line l
join sales."order" o on o.tenant_id = $1 and o.id = l.order_id
where l.tenant_id = $1
and l.sku_id = $2
and o.delivered_at >= $3 - interval '24 months'
and o.delivered_at < $3
and o.status <> 'CANCELLED'
group by date_trunc('month', o.delivered_at)
