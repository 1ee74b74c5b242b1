-- A customer accepts the offer $2 at $3: the application's part. The opening is locked, so that no other answer and no
-- run comes in between; no row when the opening is no longer open, or the offer no longer stands.
with opening as (
    select
        opening.id, opening.resource, opening.service_name, opening.starts_at, opening.ends_at, opening.buffer_minutes
    from booking.slot_opening opening
    join booking.slot_offer offer
        on offer.tenant_id = opening.tenant_id and offer.slot_opening_id = opening.id
    where opening.tenant_id = $1
    and offer.id = $2
    and opening.status = 'open'
    for update of opening
),
accepted as (
    update booking.slot_offer offer
    set status = 'accepted', closed_at = $3
    from opening
    where offer.tenant_id = $1
    and offer.id = $2
    and offer.slot_opening_id = opening.id
    and offer.status = 'sent'
    and offer.expires_at > $3
    returning offer.customer_id, offer.deposit_amount, offer.currency
),
filled as (
    update booking.slot_opening slot
    set status = 'filled', closed_reason = 'filled', closed_at = $3, next_action_at = null
    from opening, accepted
    where slot.tenant_id = $1
    and slot.id = opening.id
),
booked as (
    insert into booking.appointment (
        tenant_id, customer_id, source_slot_opening_id, resource, service_name, starts_at, ends_at, buffer_minutes,
        status, source, payment_required, created_at
    )
    select
        $1, accepted.customer_id, opening.id, opening.resource, opening.service_name, opening.starts_at,
        opening.ends_at, opening.buffer_minutes,
        case when accepted.deposit_amount > 0 then 'pending' else 'booked' end, 'slot_recovery',
        accepted.deposit_amount > 0, $3
    from opening, accepted
    returning id, status
),
payment as (
    insert into booking.payment (tenant_id, appointment_id, amount, currency, created_at)
    select $1, booked.id, accepted.deposit_amount, accepted.currency, $3
    from booked, accepted
    where accepted.deposit_amount > 0
)
select status from booked
