-- Samples that were tasted on these dates ($2, each from $3 until $4), that nobody followed up and that no order came
-- of, by the index (tenant_id, tasted_at). Their customers and products by the unique indexes (tenant_id, id); the
-- customer's orders by the index (tenant_id, customer_id, ordered_at), until the date's $5; an order's lines by the
-- index (tenant_id, order_id).
select
    s.id as sample_id,
    day.tasted_on as "tasted_on!",
    k.id as sku_id,
    k.code as sku_code,
    k.name as sku_name,
    c.id,
    c.name,
    c.email,
    c.sales_rep_id,
    c.do_not_contact_until,
    c.account_type,
    c.lifecycle_stage,
    c.last_order_date
from unnest($2::date[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[]) as day (
    tasted_on, starts_at, ends_at, bought_until
)
-- In the index's order, so that it is the one that is taken for each date.
cross join lateral (
    select s.id, s.customer_id, s.sku_id, s.tasted_at
    from sales.sample_usage s
    where s.tenant_id = $1
    and s.tasted_at >= day.starts_at
    and s.tasted_at < day.ends_at
    and not s.resulted_in_order
    and s.followed_up_at is null
    order by s.tasted_at
    offset 0
) s
-- The first rows from the sample's on, which are the sample's: in that order there is one index.
cross join lateral (
    select
        c.id, c.name, c.email, c.sales_rep_id, c.do_not_contact_until, c.account_type, c.lifecycle_stage,
        c.last_order_date, c.is_permanently_closed
    from sales.customer c
    where c.tenant_id = $1
    and c.id >= s.customer_id
    order by c.id
    limit 1
) c
cross join lateral (
    select k.id, k.code, k.name
    from sales.sku k
    where k.tenant_id = $1
    and k.id >= s.sku_id
    order by k.id
    limit 1
) k
cross join lateral (
    select bool_or(line.qualifies) as is_bought
    from sales."order" o
    -- What an order's line must be is asked of all its lines, so that they are read by their order.
    cross join lateral (
        select bool_or(l.sku_id = s.sku_id and not l.is_sample and l.quantity * l.unit_price > 0) as qualifies
        from sales.order_line l
        where l.tenant_id = $1
        and l.order_id = o.id
    ) line
    where o.tenant_id = $1
    and o.customer_id = s.customer_id
    and o.ordered_at > s.tasted_at
    and o.ordered_at < day.bought_until
    and o.status <> 'CANCELLED'
    and (o.status <> 'DRAFT' or o.delivered_at is not null)
) bought
where c.id = s.customer_id
and not c.is_permanently_closed
and c.lifecycle_stage is distinct from 'HOLD'
and k.id = s.sku_id
and bought.is_bought is not true
