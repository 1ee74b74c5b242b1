-- One appointment, as the replaced program wrote each of them.
update booking.appointment a
set
    status = k.status,
    financial_outcome = k.outcome,
    resolution_reason = k.reason,
    attendance = k.attendance,
    resolved_at = $3
from public.kept k
where a.tenant_id = $1
and a.id = $2
and a.financial_outcome = 'unresolved'
and k.id = $2
