-- The floor of calculate-burn-rates: what its pages read, read at once for all products and customers, and the very
-- rows that it wrote, written at once from where they were kept.
with line as materialized (
    select
        l.sku_id,
        o.customer_id,
        (o.delivered_at at time zone t.time_zone)::date as day,
        ($2 at time zone t.time_zone)::date as today,
        l.quantity,
        l.is_sample
    from platform.tenant t
    join sales."order" o on o.tenant_id = $1
    join sales.order_line l on l.tenant_id = $1 and l.order_id = o.id
    where t.id = $1
    and o.delivered_at >= $2 - interval '25 months'
    and o.delivered_at < $2
    and o.status <> 'CANCELLED'
    and not o.is_event_sale
    and l.quantity > 0
    and l.usage_type is distinct from 'OTHER_ONE_OFF'
),
daily as (
    select sku_id, array_agg(day order by day) as days, array_agg(units) as units, sum(samples) as samples
    from (
        select sku_id, day, sum(quantity) as units, sum(quantity) filter (where is_sample) as samples
        from line
        where day >= today - 90
        group by sku_id, day
    ) as a_day
    group by sku_id
),
monthly as (
    select sku_id, date_trunc('month', day) as month, sum(quantity) as units
    from line
    group by sku_id, date_trunc('month', day)
),
own as (
    select sku_id, array_agg(units) as units
    from monthly
    group by sku_id
),
of_category as (
    select category, array_agg(units) as units
    from (
        select s.category, monthly.month, sum(monthly.units) as units
        from monthly
        join sales.sku s on s.tenant_id = $1 and s.id = monthly.sku_id
        group by s.category, monthly.month
    ) as a_month
    group by category
),
lead as (
    select supplier_id, count(*) as received, avg(received_at - ordered_at) as mean
    from sales.purchase_order
    where tenant_id = $1
    and status = 'RECEIVED'
    and received_at >= $2 - interval '366 days'
    group by supplier_id
),
stock as (
    select sku_id, sum(on_hand - allocated) as units
    from sales.inventory
    where tenant_id = $1
    and status = 'AVAILABLE'
    group by sku_id
),
reserved as (
    select sku_id, sum(quantity) as units
    from sales.inventory_reservation
    where tenant_id = $1
    and status = 'ACTIVE'
    and (expires_at is null or expires_at > $2)
    group by sku_id
),
inbound as (
    select l.sku_id, sum(greatest(l.quantity - l.received_quantity, 0)) as units, min(o.expected_at) as expected_at
    from sales.purchase_order o
    join sales.purchase_order_line l on l.tenant_id = $1 and l.purchase_order_id = o.id
    where o.tenant_id = $1
    and o.status = 'OPEN'
    group by l.sku_id
),
feature as materialized (
    select
        s.id,
        daily.days,
        daily.units as daily_units,
        daily.samples,
        own.units as monthly_units,
        of_category.units as category_units,
        lead.received,
        lead.mean,
        stock.units as stock_units,
        reserved.units as reserved_units,
        inbound.units as inbound_units,
        inbound.expected_at,
        demand.calculated_at
    from sales.sku s
    left join daily on daily.sku_id = s.id
    left join own on own.sku_id = s.id
    left join of_category on of_category.category = s.category
    left join lead on lead.supplier_id = s.supplier_id
    left join stock on stock.sku_id = s.id
    left join reserved on reserved.sku_id = s.id
    left join inbound on inbound.sku_id = s.id
    left join sales.sku_demand demand on demand.tenant_id = $1 and demand.sku_id = s.id
    where s.tenant_id = $1
),
pair as materialized (
    select customer_id, sku_id, array_agg(day order by day) as days, array_agg(units) as units
    from (
        select customer_id, sku_id, day, sum(quantity) as units
        from line
        where not is_sample
        and day >= today - 365
        group by customer_id, sku_id, day
    ) as a_day
    group by customer_id, sku_id
),
updated as (
    update sales.sku s
    set
        burn_rate = k.burn_rate,
        reorder_point = k.reorder_point,
        days_of_supply = k.days_of_supply,
        burn_rate_updated_at = k.burn_rate_updated_at
    from feature f
    join public.kept_sku k using (id)
    where s.tenant_id = $1
    and s.id = f.id
    and s.burn_rate_updated_at is distinct from k.burn_rate_updated_at
    returning s.id
),
demand as (
    insert into sales.sku_demand
    select k.*
    from feature f
    join public.kept_sku_demand k on k.sku_id = f.id
    returning id
),
alert as (
    insert into sales.inventory_alert as a
    select k.*
    from public.kept_inventory_alert k
    left join sales.inventory_alert a on a.tenant_id = $1 and a.id = k.id
    where a.id is null
    or (a.alert_type, a.severity, a.message, a.available, a.reorder_point, a.days_of_supply, a.resolved)
        is distinct from
        (k.alert_type, k.severity, k.message, k.available, k.reorder_point, k.days_of_supply, k.resolved)
    on conflict (id) do update
    set
        alert_type = excluded.alert_type,
        severity = excluded.severity,
        message = excluded.message,
        available = excluded.available,
        reorder_point = excluded.reorder_point,
        days_of_supply = excluded.days_of_supply,
        resolved = excluded.resolved,
        resolved_at = excluded.resolved_at
    returning id
),
recommendation as (
    insert into sales.inventory_recommendation
    select k.*
    from public.kept_inventory_recommendation k
    returning id
),
rate as (
    insert into sales.customer_sku_rate
    select k.*
    from pair
    join public.kept_customer_sku_rate k using (customer_id, sku_id)
    returning id
)
select
    (select count(*) from updated),
    (select count(*) from demand),
    (select count(*) from alert),
    (select count(*) from recommendation),
    (select count(*) from rate)
