-- One customer, as the replaced program wrote each of them, changed or not.
update sales.customer c
set
    account_type = k.account_type,
    lifecycle_stage = k.lifecycle_stage,
    last_order_date = k.last_order_date,
    account_type_updated_at = $3
from public.kept_customer k
where c.tenant_id = $1
and c.id = $2
and k.tenant_id = $1
and k.id = $2
