-- The next products in the order of their ids, with what they sold by periods, their stock and what is on order, and what
-- was found the last time: the active ones, and of the others those with an open alert. By the unique index
-- (tenant_id, id).
--
-- The page begins at $2, which is never NULL, and leaves out $3, the id that it comes after. An expression
-- in place of the plain parameter would keep the comparison out of the index: under row level security only
-- what cannot leak goes in there.
--
-- A product's lines by the index (tenant_id, sku_id), each one's order by its id: kept apart with `offset`, so that no plan
-- reads all orders there are. What the job writes itself is looked up in the order of one index, lest a plan that was made
-- while the table was empty take another. $5: the first instants of the periods, ascending, of which the first is $6;
-- $7: the first instant after the last one; $8: the run's clock, and $9 its date.
select
    s.id,
    s.code,
    s.name,
    s.is_active,
    s.category,
    s.supplier_id,
    s.items_per_case,
    s.created_at,
    s.burn_rate,
    s.reorder_point,
    s.days_of_supply,
    demand.periods,
    demand.units,
    demand.sample_units,
    inventory.units as inventory,
    reservation.units as reserved,
    inbound.orders as "inbound: Vec<Inbound>",
    alert.open as "open: Vec<Alert>",
    recommendation.sku_id is not null as "is_recommended!"
from sales.sku s
cross join lateral (
    -- As the fields of `Alert`.
    select array_agg(row(a.alert_type, a.severity, a.available, a.reorder_point, a.days_of_supply)) as open
    from (
        select *
        from sales.inventory_alert a
        where a.tenant_id = $1
        and a.sku_id = s.id
        and not a.resolved
        order by a.sku_id, a.alert_family
    ) a
) alert
cross join lateral (
    select
        array_agg(of_period.period) as periods,
        array_agg(of_period.units) as units,
        array_agg(of_period.sample_units) as sample_units
    from (
        select
            width_bucket(o.delivered_at, $5::timestamptz[]) as period,
            sum(l.quantity) as units,
            coalesce(sum(l.quantity) filter (where l.is_sample), 0) as sample_units
        from sales.order_line l
        cross join lateral (
            select o.delivered_at, o.status, o.is_event_sale
            from sales."order" o
            where o.tenant_id = $1
            and o.id = l.order_id
            offset 0
        ) o
        where s.is_active
        and l.tenant_id = $1
        and l.sku_id = s.id
        and l.quantity > 0
        and l.usage_type is distinct from 'OTHER_ONE_OFF'
        and o.delivered_at >= $6
        and o.delivered_at < $7
        and o.status <> 'CANCELLED'
        and not o.is_event_sale
        group by 1
    ) of_period
) demand
-- NULL: nobody keeps count of it.
cross join lateral (
    select sum(i.on_hand::bigint - i.allocated)::bigint as units
    from sales.inventory i
    where i.tenant_id = $1
    and i.sku_id = s.id
    and i.status = 'AVAILABLE'
) inventory
cross join lateral (
    select sum(r.quantity) as units
    from sales.inventory_reservation r
    where r.tenant_id = $1
    and r.sku_id = s.id
    and r.status = 'ACTIVE'
    and (r.expires_at is null or r.expires_at > $8)
) reservation
cross join lateral (
    -- As the fields of `Inbound`.
    select array_agg(row(greatest(l.quantity - l.received_quantity, 0), p.expected_at)) as orders
    from sales.purchase_order_line l
    cross join lateral (
        select p.status, p.ordered_at, p.expected_at
        from sales.purchase_order p
        where p.tenant_id = $1
        and p.id = l.purchase_order_id
        offset 0
    ) p
    where l.tenant_id = $1
    and l.sku_id = s.id
    and p.status = 'OPEN'
    and p.ordered_at < $8
) inbound
left join lateral (
    select r.sku_id, r.calc_date
    from sales.inventory_recommendation r
    where r.tenant_id = $1
    and r.sku_id = s.id
    and r.calc_date >= $9
    order by r.sku_id, r.calc_date
    limit 1
) recommendation on recommendation.calc_date = $9
where s.tenant_id = $1
and s.id >= $2
and s.id is distinct from $3
and (s.is_active or alert.open is not null)
order by s.id
limit $4
