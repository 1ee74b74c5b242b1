-- What at-risk-detection leaves behind in one line, but for the ids and the time of each row's making.
select concat_ws(' ',
    (
        select concat_ws(' ', count(*), sum(hashtextextended(
            concat_ws('|', id, churn_risk_score, churn_risk_level, risk_factors, last_risk_calculated_at), 0
        )))
        from coaching.member
        where last_risk_calculated_at is not null
    ),
    (
        select concat_ws(' ', count(*), sum(hashtextextended(
            concat_ws('|', member_id, kind, scored_on, score, level, calculated_at), 0
        )))
        from coaching.member_score_history
    ),
    (
        select concat_ws(' ', count(*), sum(hashtextextended(
            concat_ws('|', member_id, occurred_at, from_level, to_level, score), 0
        )))
        from coaching.member_risk_event
    )
)
