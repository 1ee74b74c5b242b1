-- Writes paces that are new or were found to differ from the stored ones, one element of each array a pace.
insert into sales.customer_sku_rate (
    tenant_id, customer_id, sku_id, intervals, average_interval_days, interval_sd_days, quantity_per_order,
    last_order_date, predicted_reorder_date, confidence, calculated_at
)
select
    $1, r.customer_id, r.sku_id, r.intervals, r.average_interval_days, r.interval_sd_days, r.quantity_per_order,
    r.last_order_date, r.predicted_reorder_date, r.confidence, $2
from unnest(
    $3::uuid[], $4::uuid[], $5::integer[], $6::numeric[], $7::numeric[], $8::numeric[], $9::date[], $10::date[],
    $11::numeric[]
) as r (
    customer_id, sku_id, intervals, average_interval_days, interval_sd_days, quantity_per_order, last_order_date,
    predicted_reorder_date, confidence
)
on conflict (tenant_id, customer_id, sku_id) do update
set
    intervals = excluded.intervals,
    average_interval_days = excluded.average_interval_days,
    interval_sd_days = excluded.interval_sd_days,
    quantity_per_order = excluded.quantity_per_order,
    last_order_date = excluded.last_order_date,
    predicted_reorder_date = excluded.predicted_reorder_date,
    confidence = excluded.confidence,
    calculated_at = excluded.calculated_at
