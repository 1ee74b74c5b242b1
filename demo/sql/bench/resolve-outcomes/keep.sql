-- What resolve-outcomes has written, a row an appointment, for the floor and the old way to write again.
copy (
    select
        a.tenant_id,
        a.id,
        a.status,
        a.financial_outcome,
        a.resolution_reason,
        a.attendance,
        e.meta,
        m.dedupe_key,
        m.target,
        m.subject,
        m.body_text,
        m.body_html,
        m.payload
    from booking.appointment a
    join booking.appointment_event e on e.appointment_id = a.id and e.type = 'outcome_resolved'
    left join platform.message m on m.tenant_id = a.tenant_id and m.dedupe_key = 'refund-due:' || a.id
    order by a.id
) to stdout (format binary)
