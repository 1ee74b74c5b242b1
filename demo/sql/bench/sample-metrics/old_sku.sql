-- The samples of one product in one window, as the replaced program asked for each.
select
    count(*),
    sum(s.quantity),
    count(distinct s.customer_id),
    count(*) filter (where s.resulted_in_order),
    avg(s.converted_at - s.tasted_at)
from public.kept_sample_metric_sku m
join sales.sample_usage s on s.tenant_id = $1 and s.sku_id = m.sku_id
where m.tenant_id = $1
and m.id = $2
and s.tasted_at >= $3 - make_interval(days => m.window_days)
and s.tasted_at < $3
