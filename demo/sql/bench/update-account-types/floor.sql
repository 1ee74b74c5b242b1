-- The floor of update-account-types: what its pages read, read at once for all customers, and the very rows that it
-- wrote, written at once from where they were kept.
with bought as (
    select
        o.customer_id,
        max(o.delivered_at) filter (where o.total > 0) as last_at,
        min(o.delivered_at) filter (where o.total > 0) as first_at,
        count(*) filter (where o.total > 0 and o.delivered_at >= $2 - interval '91 days') as orders,
        sum(o.total) filter (where o.delivered_at >= $2 - interval '91 days') as revenue,
        count(*) filter (where o.is_first_order) as marked
    from sales."order" o
    where o.tenant_id = $1
    and o.delivered_at < $2
    and o.status <> 'CANCELLED'
    group by o.customer_id
),
mix as (
    select customer_id, count(*) as skus
    from (
        select distinct o.customer_id, l.sku_id
        from sales."order" o
        join sales.order_line l on l.tenant_id = $1 and l.order_id = o.id
        where o.tenant_id = $1
        and o.delivered_at >= $2 - interval '91 days'
        and o.delivered_at < $2
        and o.status <> 'CANCELLED'
        and o.total > 0
        and not l.is_sample
        and l.quantity > 0
    ) as bought_of_late
    group by customer_id
),
feature as materialized (
    select
        c.id,
        c.account_type,
        c.lifecycle_stage,
        c.last_order_date,
        bought.last_at,
        bought.first_at,
        bought.orders,
        bought.revenue,
        bought.marked,
        mix.skus
    from sales.customer c
    left join bought on bought.customer_id = c.id
    left join mix on mix.customer_id = c.id
    where c.tenant_id = $1
    and not c.is_permanently_closed
),
typed as (
    update sales.customer c
    set
        account_type = k.account_type,
        lifecycle_stage = k.lifecycle_stage,
        last_order_date = k.last_order_date,
        account_type_updated_at = k.account_type_updated_at
    from feature f
    join public.kept_customer k using (id)
    where c.tenant_id = $1
    and c.id = f.id
    and (f.account_type, f.lifecycle_stage, f.last_order_date)
        is distinct from (k.account_type, k.lifecycle_stage, k.last_order_date)
    returning c.id
),
noted as (
    insert into sales.customer_type_change
    select k.*
    from public.kept_customer_type_change k
    returning id
),
marked as (
    update sales."order" o
    set is_first_order = not o.is_first_order
    from (
        select k.id
        from public.kept_order k
        join sales."order" p on p.tenant_id = $1 and p.id = k.id
        where k.is_first_order
        and not p.is_first_order
        union all
        select p.id
        from sales."order" p
        join public.kept_order k on k.id = p.id
        where p.tenant_id = $1
        and p.is_first_order
        and not k.is_first_order
    ) as moved
    where o.tenant_id = $1
    and o.id = moved.id
    returning o.id
)
select
    (select count(*) from typed),
    (select count(*) from noted),
    (select count(*) from marked)
