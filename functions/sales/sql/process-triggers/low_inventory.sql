-- Open stock alerts of these severities ($2) of active products, by the partial index (tenant_id, sku_id,
-- alert_family) of open alerts; the product by the unique index (tenant_id, id), its latest recommendation by the
-- unique index (tenant_id, sku_id, calc_date).
select
    a.id,
    a.alert_type,
    a.severity,
    a.available,
    a.reorder_point,
    a.days_of_supply,
    a.opened_at,
    s.id as sku_id,
    s.code,
    s.name,
    recommendation.quantity as "recommended?"
from sales.inventory_alert a
-- The first product from the alert's on, which is the alert's: in that order there is one index.
cross join lateral (
    select s.id, s.code, s.name, s.is_active
    from sales.sku s
    where s.tenant_id = $1
    and s.id >= a.sku_id
    order by s.id
    limit 1
) s
left join lateral (
    select r.quantity
    from sales.inventory_recommendation r
    where r.tenant_id = $1
    and r.sku_id = a.sku_id
    order by r.calc_date desc
    limit 1
) recommendation on true
where a.tenant_id = $1
and not a.resolved
and a.alert_family = 'STOCK'
and a.severity = any($2)
and s.id = a.sku_id
and s.is_active
