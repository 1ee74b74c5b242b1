-- The customer named $4 gives up at $2 an appointment that was to begin at $3, and its slot opens.
with cancelled as (
    insert into booking.appointment (
        tenant_id, customer_id, resource, service_name, starts_at, ends_at, buffer_minutes, status, cancelled_at,
        cancellation_source
    )
    select
        $1, id, 'chair 1', 'Haircut', $3::timestamptz, $3::timestamptz + interval '45 minutes', 5, 'cancelled',
        $2::timestamptz, 'customer'
    from booking.customer
    where tenant_id = $1
    and name = $4
    returning id, tenant_id, resource, service_name, starts_at, ends_at, buffer_minutes, cancelled_at
)
insert into booking.slot_opening (
    tenant_id, resource, service_name, starts_at, ends_at, buffer_minutes, price, source_appointment_id, created_at
)
select tenant_id, resource, service_name, starts_at, ends_at, buffer_minutes, 48.00, id, cancelled_at
from cancelled
returning id
