-- What resolve-outcomes leaves behind in one line, but for ids, runs and the time of each row's making.
select concat_ws(' ',
    (
        select concat_ws(' ', count(*), sum(hashtextextended(
            concat_ws('|', id, status, financial_outcome, resolution_reason, attendance, resolved_at), 0
        )))
        from booking.appointment
    ),
    (
        select concat_ws(' ', count(*), sum(hashtextextended(
            concat_ws('|', appointment_id, occurred_at, meta), 0
        )))
        from booking.appointment_event
        where type = 'outcome_resolved'
    ),
    (
        select concat_ws(' ', count(*), sum(hashtextextended(
            concat_ws('|', dedupe_key, target, subject, body_text, body_html, payload), 0
        )))
        from platform.message
    )
)
