-- What one customer bought of a product after tasting it, as the replaced program asked for each sample.
select o.id, o.ordered_at, l.quantity, l.unit_price
from public.kept_sample_usage s
join sales."order" o on o.tenant_id = $1 and o.customer_id = s.customer_id
join sales.order_line l on l.tenant_id = $1 and l.order_id = o.id
where s.tenant_id = $1
and s.id = $2
and o.ordered_at > s.tasted_at
and o.ordered_at < least(s.tasted_at + interval '31 days', $3)
and l.sku_id = s.sku_id
