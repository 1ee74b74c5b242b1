-- What one customer paid of late, and in the year before.
select
    sum(o.total) filter (where o.delivered_at >= $3 - interval '90 days'),
    sum(o.total) filter (where o.delivered_at < $3 - interval '90 days')
from sales."order" o
where o.tenant_id = $1
and o.customer_id = $2
and o.delivered_at >= $3 - interval '365 days'
and o.delivered_at < $3
and o.status <> 'CANCELLED'
