-- The next appointments whose outcome is due, visits and cancellations together in the order (due_at, id), with
-- their payment, the terms they were booked under and the customer's name. Visits by the partial index on
-- (tenant_id, ends_at), cancellations by the one on (tenant_id, cancelled_at): nothing is due before its event.
-- The terms, the payment and the customer by their unique indexes.
--
-- The page comes after ($3, $4), from the beginning where these are NULL. A row that another transaction holds is
-- left for the next run.
select
    a.id,
    due.due_at as "due_at!",
    a.status,
    a.starts_at,
    a.service_name,
    a.payment_required,
    a.attendance,
    a.cancelled_at,
    a.cancellation_source,
    a.policy_version_id,
    v.cancel_cutoff_minutes as "cancel_cutoff_minutes?",
    v.refund_before_cutoff as "refund_before_cutoff?",
    p.id as "payment_id?",
    p.status as "payment_status?",
    p.amount as "amount?",
    p.currency as "currency?",
    p.refunded_amount as "refunded_amount?",
    p.refund_ref is not null as "has_refund_ref!",
    p.succeeded_at as "succeeded_at?",
    c.name as customer_name
from booking.appointment a
join booking.customer c on c.tenant_id = $1 and c.id = a.customer_id
left join booking.policy_version v on v.tenant_id = $1 and v.id = a.policy_version_id
left join booking.payment p on p.tenant_id = $1 and p.appointment_id = a.id
cross join lateral (
    select
        a.event_at
        + make_interval(mins => coalesce(v.resolution_grace_minutes, $5))
        + make_interval(hours => case
            when p.status = 'processing' and (a.payment_required or a.status = 'cancelled') then $6
            else 0
        end) as due_at
) due
where a.tenant_id = $1
and a.financial_outcome = 'unresolved'
and (
    a.status <> 'cancelled' and a.ends_at <= $2
    or a.status = 'cancelled' and a.cancelled_at <= $2
)
-- A pending appointment that is paid is one whose confirmation got lost.
and (a.status <> 'pending' or p.status = 'succeeded')
and due.due_at <= $2
and ($3::timestamptz is null or (due.due_at, a.id) > ($3, $4))
order by due.due_at, a.id
limit $7
for update of a skip locked
