-- The refunds that a run found due in a shop, each with the e-mail that tells its owner where there is one, in the
-- order of the appointments.
select
    setting.owner_email is not null as "has_owner!", message.target as "target?", message.subject as "subject?"
from booking.appointment_event event
join booking.appointment appointment
    on appointment.tenant_id = event.tenant_id and appointment.id = event.appointment_id
join booking.payment payment
    on payment.tenant_id = event.tenant_id and payment.appointment_id = event.appointment_id
left join booking.setting setting on setting.tenant_id = event.tenant_id
left join platform.message message
    on message.tenant_id = event.tenant_id
    and message.channel = 'email'
    and message.dedupe_key = 'refund-due:' || event.appointment_id
where event.tenant_id = $1
and event.type = 'outcome_resolved'
and event.run_id = $2
and appointment.resolution_reason in (
    'orphan_payment_captured', 'cancelled_by_shop_not_refunded', 'cancelled_refund_due'
)
and payment.amount > 0
order by appointment.starts_at, appointment.id
