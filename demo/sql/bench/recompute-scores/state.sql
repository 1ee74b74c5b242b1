-- What recompute-scores leaves behind in one line, but for the ids and the time of each row's making.
select concat_ws(' ',
    (
        select concat_ws(' ', count(*), sum(hashtextextended(
            concat_ws('|', customer_id, score, tier, history, window_days, stats, breakdown, last_activity_at,
                computed_at), 0
        )))
        from booking.customer_score
    ),
    (
        select concat_ws(' ', count(*), sum(hashtextextended(
            concat_ws('|', customer_id, visits, attended, presumed_attended, no_shows, no_shows_last_90_days,
                late_cancels, cancels, no_show_rate, last_no_show_at, score, risk, window_days, breakdown,
                computed_at), 0
        )))
        from booking.no_show_stat
    )
)
