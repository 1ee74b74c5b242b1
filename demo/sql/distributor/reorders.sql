-- What a distributor is to order, the most urgent first.
select
    s.code,
    s.name,
    d.available as "available!",
    round(s.burn_rate, 1)::text as "burn_rate!",
    r.reorder_point,
    r.quantity,
    r.order_by_date
from sales.inventory_recommendation r
join sales.sku s on s.tenant_id = $1 and s.id = r.sku_id
join sales.sku_demand d on d.tenant_id = $1 and d.sku_id = r.sku_id
where r.tenant_id = $1
and r.calc_date = $2
order by r.order_by_date, s.burn_rate desc, s.code
