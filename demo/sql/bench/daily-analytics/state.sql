-- What daily-analytics leaves behind in one line.
select concat_ws(' ',
    (
        select concat_ws(' ', count(*), sum(hashtextextended(f::text, 0)))
        from productivity.user_daily_focus f
    ),
    (
        select concat_ws(' ', count(*), sum(hashtextextended(d::text, 0)))
        from productivity.daily_metric d
    ),
    (
        select concat_ws(' ', count(*), sum(hashtextextended(t::text, 0)))
        from productivity.metric_trend t
    ),
    (
        select concat_ws(' ', count(*), sum(hashtextextended(a::text, 0)))
        from productivity.anomaly a
    )
)
