-- Cancels a page's unpaid bookings, one element of each array a booking, with an event for each. What was booked
-- from an offer gives the offer back, and its slot is open again, if its time is still to come and no other opening
-- has taken its place. Bookings by the unique index (tenant_id, id); one that is pending no more is left alone.
with change as (
    select *
    from rows from (
        unnest($4::uuid[]), unnest($5::text[]), generate_series(1, cardinality($4::uuid[]))
    ) as c (id, reason, place)
),
released as (
    update booking.appointment a
    set
        status = 'cancelled',
        cancelled_at = $2,
        cancellation_source = 'system'
    from change c
    where a.tenant_id = $1
    and a.id = c.id
    -- Said twice, so that every plan there is looks for these bookings only.
    and a.id = any($4)
    and a.status = 'pending'
    returning a.id, a.customer_id, a.source_slot_opening_id, c.reason, c.place
),
event as (
    insert into booking.appointment_event (tenant_id, appointment_id, type, occurred_at, run_id, meta)
    select $1, id, 'cancelled', $2, $3, jsonb_build_object('reason', reason)
    from released
),
declined as (
    update booking.slot_offer f
    set
        status = 'declined',
        closed_at = $2
    from released r
    where f.tenant_id = $1
    and f.slot_opening_id = r.source_slot_opening_id
    and f.customer_id = r.customer_id
    and f.status = 'accepted'
),
vacated as (
    -- Of two openings of one time the first is enough.
    select distinct on (o.resource, o.starts_at) o.id
    from released r
    join booking.slot_opening o on o.tenant_id = $1 and o.id = r.source_slot_opening_id
    where o.status = 'filled'
    and o.starts_at > $2
    and not exists (
        select from booking.slot_opening other
        where other.tenant_id = $1
        and other.resource = o.resource
        and other.starts_at = o.starts_at
        and other.status = 'open'
    )
    order by o.resource, o.starts_at, r.place
),
reopened as (
    update booking.slot_opening o
    set
        status = 'open',
        next_action_at = null,
        closed_at = null,
        closed_reason = null
    from vacated v
    where o.tenant_id = $1
    and o.id = v.id
    and o.status = 'filled'
    returning o.id
)
select
    (select count(*) from released) as "released!",
    (select count(*) from reopened) as "reopened!"
