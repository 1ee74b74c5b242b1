-- The next customers in the order of their ids who bought something of late or have a stored pace, with what they bought by
-- product and date, and their stored paces. By the unique index (tenant_id, id); a customer's orders by the index
-- (tenant_id, customer_id, delivered_at), their lines by (tenant_id, order_id), his paces by the unique index (tenant_id,
-- customer_id, sku_id), in whose order they are asked for: in it there is one index, whatever the planner thinks of a table
-- that was empty in the evening.
--
-- The page begins at $2, which is never NULL, and leaves out $3, the id that it comes after. $5: the first instants of the
-- dates that count, ascending, of which the first is $6; $7: the run's clock.
select
    c.id,
    c.is_permanently_closed,
    bought.sku_ids,
    bought.days,
    bought.units,
    stored.rates as "stored: Vec<Rate>"
from sales.customer c
cross join lateral (
    select
        array_agg(of_date.sku_id) as sku_ids,
        array_agg(of_date.day) as days,
        array_agg(of_date.units) as units
    from (
        select
            l.sku_id,
            width_bucket(o.delivered_at, $5::timestamptz[]) as day,
            sum(l.quantity) as units
        from sales."order" o
        cross join lateral (
            select l.sku_id, l.quantity
            from sales.order_line l
            where l.tenant_id = $1
            and l.order_id = o.id
            and l.quantity > 0
            and not l.is_sample
            and l.usage_type is distinct from 'OTHER_ONE_OFF'
            -- Kept apart, so that no plan reads all lines there are.
            offset 0
        ) l
        where o.tenant_id = $1
        and o.customer_id = c.id
        and o.delivered_at >= $6
        and o.delivered_at < $7
        and o.status <> 'CANCELLED'
        and not o.is_event_sale
        group by 1, 2
    ) of_date
) bought
cross join lateral (
    -- As the fields of `Rate`.
    select array_agg(row(
        r.sku_id,
        r.intervals,
        r.average_interval_days,
        r.interval_sd_days,
        r.quantity_per_order,
        r.last_order_date,
        r.predicted_reorder_date,
        r.confidence
    )) as rates
    from (
        select *
        from sales.customer_sku_rate r
        where r.tenant_id = $1
        and r.customer_id = c.id
        order by r.customer_id, r.sku_id
    ) r
) stored
where c.tenant_id = $1
and c.id >= $2
and c.id is distinct from $3
and (bought.sku_ids is not null or stored.rates is not null)
order by c.id
limit $4
