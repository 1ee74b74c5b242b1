-- The floor of behavior-metrics: what its pages read, read at once for the whole app, and the very rows that it wrote,
-- written at once from where they were kept.
with span as (
    select w.user_id, min(w.start_time) as first_at, max(w.start_time) as last_at
    from training.workout w
    where w.tenant_id = $1
    and w.lifecycle_status = 'finalized'
    and w.completion_status in ('completed', 'partial')
    and w.start_time <= $2
    group by w.user_id
),
newest as (
    select distinct on (m.user_id)
        m.user_id, m.metrics_date, m.workouts_last_14_days, m.consistency_score, m.dropout_risk, m.burnout_risk,
        m.momentum_trend, m.adherence_type, m.mistake_key
    from training.behavior_metric m
    where m.tenant_id = $1
    order by m.user_id, m.metrics_date desc
),
done as (
    select w.user_id, array_agg(row(w.start_time, w.duration_minutes)) as workouts
    from training.workout w
    where w.tenant_id = $1
    and w.lifecycle_status = 'finalized'
    and w.completion_status in ('completed', 'partial')
    and w.start_time >= $2 - interval '45 days'
    and w.start_time <= $2
    group by w.user_id
),
lift as (
    select
        w.user_id,
        w.start_time,
        s.exercise_id,
        coalesce(sum(s.weight * s.reps), 0) as volume,
        count(*) filter (where s.reps > 0 or s.duration_seconds > 0) as sets,
        max(s.weight * case when s.reps = 1 then 30 else 30 + s.reps end)
            filter (where s.weight > 0 and s.reps between 1 and 12) as best
    from training.workout w
    join (
        select s.workout_id, s.exercise_id, (s.weight_kg * 100)::bigint as weight, s.reps, s.duration_seconds
        from training.workout_set s
        where s.tenant_id = $1
        and s.set_type <> 'warmup'
    ) s on s.workout_id = w.id
    where w.tenant_id = $1
    and w.lifecycle_status = 'finalized'
    and w.completion_status in ('completed', 'partial')
    and w.start_time >= $2 - interval '45 days'
    and w.start_time <= $2
    group by w.id, w.user_id, w.start_time, s.exercise_id
),
lifted as (
    select l.user_id, array_agg(row(l.start_time, l.exercise_id, l.volume, l.sets, l.best)) as lifts
    from lift l
    group by l.user_id
),
feature as materialized (
    select
        u.id, u.time_zone, span.first_at, span.last_at, newest.metrics_date, newest.consistency_score,
        newest.dropout_risk, newest.burnout_risk, newest.momentum_trend, newest.adherence_type, newest.mistake_key,
        p.primary_goal, p.target_days_per_week, p.target_session_minutes, done.workouts, lifted.lifts
    from training.app_user u
    join span on span.user_id = u.id
    left join newest on newest.user_id = u.id
    left join training.coach_profile p on p.tenant_id = $1 and p.user_id = u.id
    left join done on done.user_id = u.id
    left join lifted on lifted.user_id = u.id
    where u.tenant_id = $1
    and (u.disabled_at is null or u.disabled_at > $2)
    and (span.last_at >= $2 - interval '45 days' or newest.workouts_last_14_days > 0)
)
insert into training.behavior_metric (
    tenant_id, user_id, metrics_date, computed_at, time_zone, target_days_per_week, target_session_minutes,
    workouts_last_7_days, workouts_last_14_days, volume_last_7_days, volume_prev_7_days, volume_delta_pct,
    sets_last_7_days, sets_prev_7_days, avg_session_minutes, max_gap_days, current_gap_days, common_skip_day,
    consistency_score, dropout_risk, burnout_risk, momentum_trend, adherence_type, mistake_key, focus_key,
    focus_label, reasons
)
select
    $1, k.id, k.metrics_date, k.computed_at, k.time_zone, k.target_days_per_week, k.target_session_minutes,
    k.workouts_last_7_days, k.workouts_last_14_days, k.volume_last_7_days, k.volume_prev_7_days, k.volume_delta_pct,
    k.sets_last_7_days, k.sets_prev_7_days, k.avg_session_minutes, k.max_gap_days, k.current_gap_days,
    k.common_skip_day, k.consistency_score, k.dropout_risk, k.burnout_risk, k.momentum_trend, k.adherence_type,
    k.mistake_key, k.focus_key, k.focus_label, k.reasons
from feature f
join public.kept k using (id)
