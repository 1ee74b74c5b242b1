-- The pace of one customer with one product.
insert into sales.customer_sku_rate
select k.*
from public.kept_customer_sku_rate k
where k.tenant_id = $1
and k.id = $2
and $3 is not null
