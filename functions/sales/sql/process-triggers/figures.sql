-- Every customer who may be contacted and has bought within two years or is predicted to order, in the order of ids, by
-- the unique index (tenant_id, id). A customer's orders by the index (tenant_id, customer_id, delivered_at), its rates
-- by the unique index (tenant_id, customer_id, sku_id).
--
-- $2 are the first instants of the dates of two years, the run's date the last: a date's number in them counts from 1.
-- The periods that revenue is summed over begin at $7, $6 and $5 and end where the next begins, the latest at $8.
select
    c.id,
    c.name,
    c.email,
    c.sales_rep_id,
    c.do_not_contact_until,
    c.account_type,
    c.lifecycle_stage,
    c.last_order_date,
    bought.dates[1:$12] as dates,
    bought.first_date,
    bought.recent_revenue,
    bought.base_revenue,
    bought.base_purchases,
    bought.year_ago_revenue,
    due.sku_ids,
    due.predicted,
    due.confidences as "confidences: Vec<Decimal>"
from sales.customer c
cross join lateral (
    select
        array_agg(distinct o.date_number order by o.date_number desc) filter (where o.total > 0) as dates,
        min(o.date_number) filter (where o.total > 0) as first_date,
        sum(o.total) filter (where o.delivered_at >= $5 and o.delivered_at < $8) as recent_revenue,
        sum(o.total) filter (where o.delivered_at >= $6 and o.delivered_at < $5) as base_revenue,
        count(*) filter (where o.total > 0 and o.delivered_at >= $6 and o.delivered_at < $5) as base_purchases,
        sum(o.total) filter (where o.delivered_at >= $7 and o.delivered_at < $6) as year_ago_revenue
    from (
        select o.total, o.delivered_at, width_bucket(o.delivered_at, $2::timestamptz[]) as date_number
        from sales."order" o
        where o.tenant_id = $1
        and o.customer_id = c.id
        and o.delivered_at >= $3
        and o.delivered_at < $4
        and o.status <> 'CANCELLED'
    ) o
) bought
-- Asked for only where a trigger needs them ($9).
cross join lateral (
    select
        array_agg(r.sku_id) as sku_ids,
        array_agg(r.predicted_reorder_date) as predicted,
        array_agg(r.confidence) as confidences
    from (
        select r.sku_id, r.predicted_reorder_date, r.confidence
        from sales.customer_sku_rate r
        where $9::boolean
        and r.tenant_id = $1
        and r.customer_id = c.id
        -- Kept apart, or all that is predicted for these dates is gone through for each customer.
        offset 0
    ) r
    where r.predicted_reorder_date >= $10
    and r.predicted_reorder_date <= $11
) due
where c.tenant_id = $1
and not c.is_permanently_closed
and c.lifecycle_stage is distinct from 'HOLD'
and (bought.dates is not null or due.sku_ids is not null)
order by c.id
