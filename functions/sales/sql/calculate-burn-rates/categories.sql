-- What each category sold by complete months, and when its products were made: all of them count. NULL as month: products
-- that sold nothing. There are months only where an active product with less than 24 of its own may fall back on them. $2:
-- the first instants of the months, ascending, of which the first is $3; $4: the first instant after them.
--
-- Nearly everything that was sold within two years is read, so by the orders, each of which has its lines side by side:
-- by the index (tenant_id, delivered_at) and the lines' (tenant_id, order_id); by the products it would take three times as
-- long. Products are joined in full because that is always done by hash: a table without statistics is taken for small, and
-- any other join may then compare every line with every product.
with delivered as materialized (
    select o.id, width_bucket(o.delivered_at, $2::timestamptz[]) as month
    from sales."order" o
    where o.tenant_id = $1
    and o.delivered_at >= $3
    and o.delivered_at < $4
    and o.status <> 'CANCELLED'
    and not o.is_event_sale
    and exists (
        select from sales.sku s
        where s.tenant_id = $1
        and s.is_active
        and s.created_at >= $3
        and s.category <> ''
    )
),
line as (
    select l.sku_id, l.quantity, delivered.month
    from delivered
    cross join lateral (
        select l.sku_id, l.quantity
        from sales.order_line l
        where l.tenant_id = $1
        and l.order_id = delivered.id
        and l.quantity > 0
        and l.usage_type is distinct from 'OTHER_ONE_OFF'
        offset 0
    ) l
),
product as (
    select s.id, s.category, s.created_at
    from sales.sku s
    where s.tenant_id = $1
    and s.category <> ''
),
sold as (
    select product.category, product.created_at, line.month, line.quantity
    from line
    full join product on product.id = line.sku_id
    -- Kept apart, lest the condition below make another join of it.
    offset 0
)
select
    category as "category!",
    month,
    min(created_at) as "created_at!",
    sum(quantity) as units
from sold
where category is not null
group by category, month
