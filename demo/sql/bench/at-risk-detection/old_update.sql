-- One member, as the replaced program wrote each of them.
update coaching.member m
set
    churn_risk_score = k.score,
    churn_risk_level = k.level,
    risk_factors = k.factors,
    last_risk_calculated_at = $3
from public.kept k
where m.tenant_id = $1
and m.id = $2
and k.id = $2
