-- The active products of a distributor, by the unique index (tenant_id, id).
select
    id,
    code,
    name
from sales.sku
where tenant_id = $1
and is_active
order by id
