-- What a night found of an app's users: one row for each kind of finding and what was found, those without a mistake
-- left out.
select finding.kind as "kind!", finding.found as "found!", count(*) as "count!"
from training.behavior_metric metric
cross join lateral (
    values
    ('dropout', metric.dropout_risk),
    ('burnout', metric.burnout_risk),
    ('momentum', metric.momentum_trend),
    ('adherence', metric.adherence_type),
    ('mistake', metric.mistake_key)
) finding (kind, found)
where metric.tenant_id = $1
and metric.computed_at = $2
and finding.found is not null
group by finding.kind, finding.found
