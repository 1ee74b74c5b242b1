-- What was sold of one product, day by day, as the replaced program asked for each.
select o.delivered_at::date, sum(l.quantity)
from sales.order_line l
join sales."order" o on o.tenant_id = $1 and o.id = l.order_id
where l.tenant_id = $1
and l.sku_id = $2
and o.delivered_at >= $3 - interval '90 days'
and o.delivered_at < $3
and o.status <> 'CANCELLED'
group by o.delivered_at::date
