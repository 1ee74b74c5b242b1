-- When one customer bought one product, as the replaced program asked for each pair.
select o.delivered_at::date, sum(l.quantity)
from public.kept_customer_sku_rate r
join sales."order" o on o.tenant_id = $1 and o.customer_id = r.customer_id
join sales.order_line l on l.tenant_id = $1 and l.order_id = o.id
where r.tenant_id = $1
and r.id = $2
and o.delivered_at >= $3 - interval '365 days'
and o.delivered_at < $3
and o.status <> 'CANCELLED'
and l.sku_id = r.sku_id
group by o.delivered_at::date
