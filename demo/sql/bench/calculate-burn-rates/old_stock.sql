-- What is in stock of one product, and how long its supplier takes.
select
    (
        select sum(i.on_hand - i.allocated)
        from sales.inventory i
        where i.tenant_id = $1
        and i.sku_id = s.id
        and i.status = 'AVAILABLE'
    ),
    (
        select avg(o.received_at - o.ordered_at)
        from sales.purchase_order o
        where o.tenant_id = $1
        and o.supplier_id = s.supplier_id
        and o.received_at >= $3 - interval '365 days'
    )
from sales.sku s
where s.tenant_id = $1
and s.id = $2
