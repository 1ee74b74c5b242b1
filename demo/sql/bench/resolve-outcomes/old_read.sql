-- One appointment with its payment and its terms, as the replaced program read each of them.
select
    a.status,
    a.starts_at,
    a.payment_required,
    a.cancelled_at,
    a.cancellation_source,
    v.cancel_cutoff_minutes,
    v.refund_before_cutoff,
    p.status,
    p.amount,
    p.refunded_amount,
    p.succeeded_at,
    a.event_at <= $3 as is_over
from booking.appointment a
left join booking.policy_version v on v.tenant_id = $1 and v.id = a.policy_version_id
left join booking.payment p on p.tenant_id = $1 and p.appointment_id = a.id
where a.tenant_id = $1
and a.id = $2
