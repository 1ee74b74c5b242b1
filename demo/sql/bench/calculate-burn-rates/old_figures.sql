-- The figures of one product.
insert into sales.sku_demand
select k.*
from public.kept_sku_demand k
where k.tenant_id = $1
and k.sku_id = $2
and $3 is not null
