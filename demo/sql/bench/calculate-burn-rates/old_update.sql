-- One product, as the replaced program wrote each of them.
update sales.sku s
set
    burn_rate = k.burn_rate,
    reorder_point = k.reorder_point,
    days_of_supply = k.days_of_supply,
    burn_rate_updated_at = $3
from public.kept_sku k
where s.tenant_id = $1
and s.id = $2
and k.tenant_id = $1
and k.id = $2
