-- A gym's active members at medium or high risk, the worst first.
select
    first_name, last_name,
    churn_risk_score as "risk!", churn_risk_level as "level!", risk_factors as "risk_factors!",
    commitment_score, score_factors as "score_factors!", behaviour_interpretation as "interpretation!"
from coaching.member
where tenant_id = $1
and status = 'active'
and churn_risk_level in ('medium', 'high')
order by churn_risk_score desc, (risk_factors ->> 'days_absent')::integer desc, id
