-- One sample, as the replaced program wrote each that had led to an order.
update sales.sample_usage s
set
    resulted_in_order = k.resulted_in_order,
    converted_order_id = k.converted_order_id,
    converted_at = k.converted_at,
    converted_by = k.converted_by
from public.kept_sample_usage k
where s.tenant_id = $1
and s.id = $2
and k.tenant_id = $1
and k.id = $2
and k.resulted_in_order
