-- What it noted down beside.
insert into booking.appointment_event (tenant_id, appointment_id, type, occurred_at, meta)
select $1, k.id, 'outcome_resolved', $3, k.meta
from public.kept k
where k.id = $2
