-- The samples of one group in one window, as the replaced program asked for each.
select
    count(*),
    sum(s.quantity),
    count(distinct s.customer_id),
    count(*) filter (where s.resulted_in_order),
    avg(s.converted_at - s.tasted_at)
from public.kept_sample_metric m
join sales.sample_usage s on s.tenant_id = $1
join sales.customer c on c.tenant_id = $1 and c.id = s.customer_id
join sales.sku k on k.tenant_id = $1 and k.id = s.sku_id
where m.tenant_id = $1
and m.id = $2
and s.tasted_at >= $3 - make_interval(days => m.window_days)
and s.tasted_at < $3
and (m.product_category is null or k.category = m.product_category)
and (m.sales_rep_id is null or s.sales_rep_id = m.sales_rep_id)
and (m.customer_segment is null or c.account_type = m.customer_segment)
