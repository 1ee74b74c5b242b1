-- What all samples of a distributor led to, as a run found it.
select
    window_days,
    samples_given,
    conversions,
    round(conversion_rate * 100)::text || ' %' as "rate!",
    round(matured_conversion_rate * 100)::text || ' %' as matured_rate,
    average_days_to_convert,
    revenue::text as "revenue!"
from sales.sample_metric
where tenant_id = $1
and metric_date = $2
and product_category is null
and sales_rep_id is null
and customer_segment is null
order by window_days
