-- What is known of each supplier's lead time: its receipts from $2 to before $3, with what was ordered when. By the index
-- (tenant_id, supplier_id, received_at); a distributor has few suppliers and few orders with them.
select
    s.id,
    receipt.ordered_at as "ordered_at!",
    receipt.received_at as "received_at!"
from sales.supplier s
cross join lateral (
    select
        array_agg(p.ordered_at) as ordered_at,
        array_agg(p.received_at) as received_at
    from sales.purchase_order p
    where p.tenant_id = $1
    and p.supplier_id = s.id
    and p.status = 'RECEIVED'
    and p.received_at >= $2
    and p.received_at < $3
) receipt
where s.tenant_id = $1
and receipt.received_at is not null
