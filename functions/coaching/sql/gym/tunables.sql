-- The gym's tunables: one row or none, by the unique index on tenant_id.
select
    expected_visits_per_week,
    day_rollover_hour,
    campaign_quiet_days,
    cooldown_days,
    campaign_cooldown_days,
    carry_over_days
from coaching.setting
where tenant_id = $1
