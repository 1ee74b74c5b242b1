-- What at-risk-detection has written, a row a member, for the floor and the old way to write again.
copy (
    select
        m.tenant_id,
        m.id,
        m.churn_risk_score,
        m.churn_risk_level,
        m.risk_factors,
        h.id is not null,
        e.id is not null,
        e.from_level
    from coaching.member m
    left join coaching.member_score_history h on h.member_id = m.id and h.kind = 'risk'
    left join coaching.member_risk_event e on e.member_id = m.id
    where m.last_risk_calculated_at is not null
    order by m.id
) to stdout (format binary)
