-- The next customers to type, in the order of their ids, with what their orders say. By the unique index
-- (tenant_id, id); a customer's orders by the index (tenant_id, customer_id, delivered_at), all of them in one pass
-- and those of the window once more for their lines, by the index (tenant_id, order_id).
--
-- The page begins at $2, which is never NULL, and leaves out $3, the id that it comes after. An expression
-- in place of the plain parameter would keep the comparison out of the index: under row level security only
-- what cannot leak goes in there.
select
    c.id,
    c.account_type,
    c.lifecycle_stage,
    c.last_order_date,
    ordered.last_purchase_at,
    ordered.purchases as "purchases!",
    ordered.revenue as "revenue!",
    ordered.first_order_id,
    ordered.marked as "marked!",
    mix.skus as "skus!"
from sales.customer c
cross join lateral (
    select
        max(o.delivered_at) filter (where o.is_purchase) as last_purchase_at,
        count(*) filter (where o.is_purchase and o.delivered_at >= $5) as purchases,
        coalesce(sum(o.total) filter (where o.is_delivered and o.delivered_at >= $5), 0) as revenue,
        (array_agg(o.id order by o.delivered_at, o.id) filter (where o.is_purchase))[1] as first_order_id,
        -- An order that is no purchase any more, or not yet, may carry the mark.
        coalesce(array_agg(o.id) filter (where o.is_first_order), '{}') as marked
    from (
        select
            o.id,
            o.delivered_at,
            o.total,
            o.is_first_order,
            o.delivered_at < $4 and o.status <> 'CANCELLED' as is_delivered,
            o.delivered_at < $4 and o.status <> 'CANCELLED' and o.total > 0 as is_purchase
        from sales."order" o
        where o.tenant_id = $1
        and o.customer_id = c.id
    ) o
) ordered
cross join lateral (
    select count(distinct line.sku_id) as skus
    from sales."order" o
    cross join lateral (
        select l.sku_id
        from sales.order_line l
        where l.tenant_id = $1
        and l.order_id = o.id
        and not l.is_sample
        and l.quantity > 0
        -- Keeps it a look-up for each order, whatever the planner thinks of the table.
        offset 0
    ) line
    where o.tenant_id = $1
    and o.customer_id = c.id
    and o.delivered_at >= $5
    and o.delivered_at < $4
    and o.status <> 'CANCELLED'
    and o.total > 0
) mix
where c.tenant_id = $1
and c.id >= $2
and c.id is distinct from $3
and not c.is_permanently_closed
order by c.id
limit $6
