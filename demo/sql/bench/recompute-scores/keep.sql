-- What recompute-scores has written, a row a customer, for the floor to write again.
copy (
    select
        s.tenant_id,
        s.customer_id,
        s.score,
        s.tier,
        s.history,
        s.window_days,
        s.stats,
        s.breakdown,
        s.last_activity_at,
        n.visits,
        n.attended,
        n.presumed_attended,
        n.no_shows,
        n.no_shows_last_90_days,
        n.late_cancels,
        n.cancels,
        n.no_show_rate,
        n.last_no_show_at,
        n.score,
        n.risk,
        n.breakdown
    from booking.customer_score s
    join booking.no_show_stat n on n.customer_id = s.customer_id
    order by s.customer_id
) to stdout (format binary)
