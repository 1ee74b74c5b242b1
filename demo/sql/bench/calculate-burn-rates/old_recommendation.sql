-- What to order of one product.
insert into sales.inventory_recommendation
select k.*
from public.kept_inventory_recommendation k
where k.tenant_id = $1
and k.sku_id = $2
and $3 is not null
