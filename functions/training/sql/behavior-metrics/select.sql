-- The next users to measure, in the order of their ids: who trained within the last days ($5 on), or whose newest
-- metrics still say that he does. By the unique index (tenant_id, id); the newest workout and the newest metrics, each
-- by a step back in the index (tenant_id, user_id, start_time or metrics_date).
--
-- The page begins at $2, which is never NULL, and leaves out $3, the id that it comes after. An expression
-- in place of the plain parameter would keep the comparison out of the index: under row level security only
-- what cannot leak goes in there.
select
    u.id,
    u.time_zone,
    last.start_time as "last_at!",
    null::timestamptz as computed_at,
    newest.metrics_date as "metrics_date?",
    newest.consistency_score as "consistency_score?",
    newest.dropout_risk as "dropout_risk?",
    newest.burnout_risk as "burnout_risk?",
    newest.momentum_trend as "momentum_trend?",
    newest.adherence_type as "adherence_type?",
    newest.mistake_key as "mistake_key?"
from training.app_user u
cross join lateral (
    select w.start_time
    from training.workout w
    where w.tenant_id = $1
    and w.user_id = u.id
    and w.lifecycle_status = 'finalized'
    and w.completion_status in ('completed', 'partial')
    and w.start_time <= $4
    order by w.start_time desc
    limit 1
) last
left join lateral (
    select m.*
    from training.behavior_metric m
    where m.tenant_id = $1
    and m.user_id = u.id
    order by m.metrics_date desc
    limit 1
) newest on true
where u.tenant_id = $1
and u.id >= $2
and u.id is distinct from $3
and (u.disabled_at is null or u.disabled_at > $4)
and (last.start_time >= $5 or newest.workouts_last_14_days > 0)
order by u.id
limit $6
