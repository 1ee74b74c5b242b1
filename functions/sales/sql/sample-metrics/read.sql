-- The next samples, the tastings first and then the sample lines of orders, each in the order (sampled_at, id), with
-- the instant of the next tasting of the same customer and product; and with the first of each customer's samples, what
-- the customer bought and was given in the time of them all, so that its orders are read once.
--
-- Tastings by the index (tenant_id, tasted_at); sample lines by the orders' (tenant_id, delivered_at) and the partial
-- index on (tenant_id, order_id); the next tasting by (tenant_id, customer_id, sku_id, tasted_at), what was given and
-- bought by the customer's orders, on (tenant_id, customer_id, delivered_at) and (…, ordered_at), and the lines of
-- each. An `offset 0` keeps that a look-up for each order, whatever the planner thinks of the tables.
--
-- The page is of samples before $3. Its tastings come after ($4, $5), its lines after ($6, $7), or begin at that
-- instant where the id is NULL. $9 are the first instants of the dates from that of the first sample on, and $10 is
-- for how many days after its own an order counts.
with usage as materialized (
    select
        u.id,
        u.tasted_at as sampled_at,
        u.customer_id,
        u.sku_id,
        u.sales_rep_id,
        u.quantity,
        true as is_usage,
        u.resulted_in_order,
        u.converted_order_id,
        u.converted_by
    from sales.sample_usage u
    where u.tenant_id = $1
    and u.tasted_at >= $4
    and u.tasted_at < $3
    and (u.tasted_at > $4 or $5::uuid is null or u.id > $5)
    order by u.tasted_at, u.id
    limit $8
),
sample_line as materialized (
    select
        line.id,
        o.delivered_at as sampled_at,
        o.customer_id,
        line.sku_id,
        o.sales_rep_id,
        line.quantity
    from sales."order" o
    cross join lateral (
        select l.id, l.sku_id, l.quantity
        from sales.order_line l
        where l.tenant_id = $1
        and l.order_id = o.id
        and l.is_sample
        and l.quantity > 0
        offset 0
    ) line
    -- The first tasting that names this line or one after it, if it is this one.
    left join lateral (
        select n.order_line_id, n.tasted_at
        from sales.sample_usage n
        where n.tenant_id = $1
        and n.order_line_id >= line.id
        order by n.order_line_id
        limit 1
    ) named on named.order_line_id = line.id and named.tasted_at < $2
    where o.tenant_id = $1
    and o.delivered_at >= $6
    and o.delivered_at < $3
    and o.status <> 'CANCELLED'
    and (o.delivered_at > $6 or $7::uuid is null or line.id > $7)
    and named.order_line_id is null
    order by o.delivered_at, line.id
    -- None while there are tastings, and nothing is looked up for none.
    limit $8 - (select count(*) from usage)
),
sample as materialized (
    select
        s.*,
        least($2, ($9::timestamptz[])[width_bucket(s.sampled_at, $9::timestamptz[]) + $10::integer + 1]) as ends_at
    from (
        select *
        from usage
        union all
        select *, false, false, null, null
        from sample_line
    ) s
),
customer as materialized (
    select
        customer_id,
        -- Any of them will do.
        (array_agg(id))[1] as sample_id,
        min(sampled_at) as begins_at,
        max(ends_at) as ends_at
    from sample
    group by customer_id
),
account as materialized (
    select c.customer_id, c.sample_id, stored.account_type, bought.lines as bought, given.lines as given
    from customer c
    left join lateral (
        select c2.id, c2.account_type
        from sales.customer c2
        where c2.tenant_id = $1
        and c2.id >= c.customer_id
        order by c2.id
        limit 1
    ) stored on stored.id = c.customer_id
    cross join lateral (
        -- As the fields of `Bought`.
        select array_agg(row(line.sku_id, o.id, o.ordered_at, line.amount)) as lines
        from sales."order" o
        cross join lateral (
            select l.sku_id, l.quantity * l.unit_price as amount
            from sales.order_line l
            where l.tenant_id = $1
            and l.order_id = o.id
            and not l.is_sample
            offset 0
        ) line
        where o.tenant_id = $1
        and o.customer_id = c.customer_id
        and o.ordered_at > c.begins_at
        and o.ordered_at < c.ends_at
        and o.status <> 'CANCELLED'
        and (o.status <> 'DRAFT' or o.delivered_at is not null)
        and line.amount > 0
    ) bought
    cross join lateral (
        -- As the fields of `Given`. Asked for only where something was bought.
        select array_agg(row(line.sku_id, line.id, o.delivered_at)) as lines
        from sales."order" o
        cross join lateral (
            select l.id, l.sku_id
            from sales.order_line l
            where l.tenant_id = $1
            and l.order_id = o.id
            and l.is_sample
            and l.quantity > 0
            offset 0
        ) line
        left join lateral (
            select n.order_line_id, n.tasted_at
            from sales.sample_usage n
            where n.tenant_id = $1
            and n.order_line_id >= line.id
            order by n.order_line_id
            limit 1
        ) named on named.order_line_id = line.id and named.tasted_at < $2
        where bought.lines is not null
        and o.tenant_id = $1
        and o.customer_id = c.customer_id
        and o.delivered_at >= c.begins_at
        and o.delivered_at < c.ends_at
        and o.status <> 'CANCELLED'
        and named.order_line_id is null
    ) given
)
select
    s.id as "id!",
    s.sampled_at as "sampled_at!",
    s.ends_at as "ends_at!",
    s.customer_id as "customer_id!",
    s.sku_id as "sku_id!",
    s.sales_rep_id,
    s.quantity as "quantity!",
    s.is_usage as "is_usage!",
    s.resulted_in_order as "resulted_in_order!",
    s.converted_order_id,
    s.converted_by,
    nullif(sku.category, '') as "category?",
    account.account_type as "segment?",
    next.tasted_at as "next_tasting_at?",
    case when account.sample_id = s.id then account.bought end as "bought: Vec<Bought>",
    case when account.sample_id = s.id then account.given end as "given: Vec<Given>"
from sample s
left join account on account.customer_id = s.customer_id
left join lateral (
    select k.id, k.category
    from sales.sku k
    where k.tenant_id = $1
    and k.id >= s.sku_id
    order by k.id
    limit 1
) sku on sku.id = s.sku_id
left join lateral (
    select u.tasted_at
    from sales.sample_usage u
    where account.bought is not null
    and u.tenant_id = $1
    and u.customer_id = s.customer_id
    and u.sku_id = s.sku_id
    and u.tasted_at >= s.sampled_at
    and u.tasted_at < s.ends_at
    and (u.tasted_at > s.sampled_at or u.id > s.id)
    order by u.tasted_at
    limit 1
) next on true
order by s.is_usage desc, s.sampled_at, s.id
