-- The alert of one product that has one now.
insert into sales.inventory_alert
select k.*
from public.kept_inventory_alert k
where k.tenant_id = $1
and k.sku_id = $2
and k.opened_at = $3
and not k.resolved
