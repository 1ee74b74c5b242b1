-- The user of whom a night had the most to say.
select
    u.display_name,
    m.time_zone,
    m.target_days_per_week,
    m.target_session_minutes,
    m.workouts_last_14_days,
    m.current_gap_days,
    m.consistency_score::text as "consistency_score!",
    m.volume_delta_pct::text as volume_delta_pct,
    m.dropout_risk,
    m.momentum_trend,
    m.reasons,
    m.focus_label,
    jsonb_array_length(m.reasons) as "said!"
from training.behavior_metric m
join training.app_user u on u.tenant_id = $1 and u.id = m.user_id
where m.tenant_id = $1
and m.computed_at = $2
and u.display_name <> ''
order by jsonb_array_length(m.reasons) desc, m.workouts_last_14_days desc, m.user_id
limit 1
