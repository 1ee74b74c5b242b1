-- A month as monthly-insights has told it, and the sum of those who were sorted.
select
    m.mau,
    m.seg_never_activated,
    m.seg_new,
    m.seg_churned,
    m.seg_at_risk,
    m.seg_power,
    m.seg_active,
    m.stickiness::text as stickiness,
    m.retention_rate::text as retention_rate,
    m.insights,
    m.stale,
    (select count(*) from productivity.user_segment s where s.tenant_id = $1 and s.month = $2) as "sorted!"
from productivity.monthly_insight m
where m.tenant_id = $1
and m.month = $2
