-- Fixes the outcomes of a page's appointments, one element of each of the first arrays an appointment, writes an
-- event for each and the e-mails about refunds that are due. Appointments by the unique index (tenant_id, id). One
-- that was changed since it was read is left alone and not in the answer.
with change as (
    select *
    from rows from (
        unnest($4::uuid[]), unnest($5::text[]), unnest($6::text[]), unnest($7::text[]), unnest($8::text[]),
        unnest($9::text[]), unnest($10::uuid[]), unnest($11::uuid[]), unnest($12::text[]),
        -- The planner takes any array for ten elements long, and a series for a thousand.
        generate_series(1, cardinality($4::uuid[]))
    ) as c (
        id, status_read, status, financial_outcome, resolution_reason,
        attendance, policy_version_id, payment_id, payment_status,
        place
    )
),
resolved as (
    update booking.appointment a
    set
        status = c.status,
        financial_outcome = c.financial_outcome,
        resolution_reason = c.resolution_reason,
        attendance = c.attendance,
        resolved_at = $2
    from change c
    where a.tenant_id = $1
    and a.id = c.id
    -- Said twice, so that every plan there is looks for these appointments only.
    and a.id = any($4)
    and a.financial_outcome = 'unresolved'
    and a.status = c.status_read
    returning a.id
),
event as (
    insert into booking.appointment_event (tenant_id, appointment_id, type, occurred_at, run_id, meta)
    select
        $1,
        c.id,
        'outcome_resolved',
        $2,
        $3,
        jsonb_build_object(
            'policyVersionId', c.policy_version_id,
            'paymentId', c.payment_id,
            'paymentStatus', c.payment_status,
            'financialOutcome', c.financial_outcome,
            'resolutionReason', c.resolution_reason,
            'backfilled', c.status = 'cancelled'
        )
    from change c
    join resolved using (id)
    on conflict (tenant_id, appointment_id) where type = 'outcome_resolved' do nothing
),
mail as (
    insert into platform.message (
        tenant_id, job, channel, dedupe_key, target, subject, body_text, body_html, payload
    )
    select
        $1,
        'resolve-outcomes',
        'email',
        'refund-due:' || m.appointment_id,
        $13,
        m.subject,
        m.body_text,
        m.body_html,
        jsonb_build_object(
            'kind', 'refund_due',
            'transactional', true,
            'appointmentId', m.appointment_id,
            'paymentId', m.payment_id
        )
    from unnest($14::uuid[], $15::uuid[], $16::text[], $17::text[], $18::text[]) as m (
        appointment_id, payment_id, subject, body_text, body_html
    )
    join resolved on resolved.id = m.appointment_id
    on conflict (tenant_id, channel, dedupe_key) do nothing
)
select id
from resolved
