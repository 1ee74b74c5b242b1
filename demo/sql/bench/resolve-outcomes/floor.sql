-- The floor of resolve-outcomes: what its pages read, read at once for the whole shop, and the very rows that it
-- wrote, written at once from where they were kept.
with feature as materialized (
    select
        a.id,
        due.due_at,
        a.status,
        a.starts_at,
        a.service_name,
        a.payment_required,
        a.attendance,
        a.cancelled_at,
        a.cancellation_source,
        a.policy_version_id,
        v.cancel_cutoff_minutes,
        v.refund_before_cutoff,
        p.id as payment_id,
        p.status as payment_status,
        p.amount,
        p.currency,
        p.refunded_amount,
        p.refund_ref,
        p.succeeded_at,
        c.name
    from booking.appointment a
    join booking.customer c on c.tenant_id = $1 and c.id = a.customer_id
    left join booking.policy_version v on v.tenant_id = $1 and v.id = a.policy_version_id
    left join booking.payment p on p.tenant_id = $1 and p.appointment_id = a.id
    left join booking.setting s on s.tenant_id = $1
    cross join lateral (
        select
            a.event_at
            + make_interval(mins => coalesce(v.resolution_grace_minutes, s.resolution_grace_minutes, 30))
            + make_interval(hours => case
                when p.status = 'processing' and (a.payment_required or a.status = 'cancelled')
                then coalesce(s.payment_settle_hours, 24)
                else 0
            end) as due_at
    ) due
    where a.tenant_id = $1
    and a.financial_outcome = 'unresolved'
    and (a.status <> 'pending' or p.status = 'succeeded')
    and due.due_at <= $2
),
resolved as (
    update booking.appointment a
    set
        status = k.status,
        financial_outcome = k.outcome,
        resolution_reason = k.reason,
        attendance = k.attendance,
        resolved_at = $2
    from feature f
    join public.kept k using (id)
    where a.tenant_id = $1
    and a.id = f.id
    and a.financial_outcome = 'unresolved'
    returning a.id, k.meta, k.dedupe_key, k.target, k.subject, k.body_text, k.body_html, k.payload
),
event as (
    insert into booking.appointment_event (tenant_id, appointment_id, type, occurred_at, meta)
    select $1, id, 'outcome_resolved', $2, meta
    from resolved
    returning id
),
mail as (
    insert into platform.message (
        tenant_id, job, channel, dedupe_key, target, subject, body_text, body_html, payload
    )
    select $1, 'resolve-outcomes', 'email', dedupe_key, target, subject, body_text, body_html, payload
    from resolved
    where dedupe_key is not null
    returning id
)
select
    (select count(*) from resolved),
    (select count(*) from event),
    (select count(*) from mail)
