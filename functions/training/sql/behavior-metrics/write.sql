-- Writes the metrics that are new or differ from the stored ones, one element of each array a user, and says how many
-- those were. Stored rows by the unique index (tenant_id, user_id, metrics_date); those that hold the result already,
-- or a newer one, are neither locked nor rewritten. A 0 comes without the decimal that it is to have.
with metric as (
    select
        d.*,
        stored.computed_at as stored_at,
        (
            stored.time_zone, stored.target_days_per_week, stored.target_session_minutes, stored.workouts_last_7_days,
            stored.workouts_last_14_days, stored.volume_last_7_days, stored.volume_prev_7_days,
            stored.volume_delta_pct, stored.sets_last_7_days, stored.sets_prev_7_days, stored.avg_session_minutes,
            stored.max_gap_days, stored.current_gap_days, stored.common_skip_day, stored.consistency_score,
            stored.dropout_risk, stored.burnout_risk, stored.momentum_trend, stored.adherence_type,
            stored.mistake_key, stored.focus_key, stored.focus_label, stored.reasons
        ) is not distinct from (
            d.time_zone, d.target_days_per_week, d.target_session_minutes, d.workouts_last_7_days,
            d.workouts_last_14_days, d.volume_last_7_days, d.volume_prev_7_days, d.volume_delta_pct,
            d.sets_last_7_days, d.sets_prev_7_days, d.avg_session_minutes, d.max_gap_days, d.current_gap_days,
            d.common_skip_day, d.consistency_score, d.dropout_risk, d.burnout_risk, d.momentum_trend,
            d.adherence_type, d.mistake_key, d.focus_key, d.focus_label, d.reasons
        ) as is_same
    from rows from (
        unnest($3::uuid[]), unnest($4::date[]), unnest($5::text[]), unnest($6::smallint[]), unnest($7::smallint[]),
        unnest($8::smallint[]), unnest($9::smallint[]), unnest($10::numeric[]), unnest($11::numeric[]),
        unnest($12::numeric[]), unnest($13::integer[]), unnest($14::integer[]), unnest($15::numeric[]),
        unnest($16::integer[]), unnest($17::integer[]), unnest($18::text[]), unnest($19::numeric[]),
        unnest($20::text[]), unnest($21::text[]), unnest($22::text[]), unnest($23::text[]), unnest($24::text[]),
        unnest($25::text[]), unnest($26::text[]), unnest($27::jsonb[]), generate_series(1, cardinality($3::uuid[]))
    ) as d (
        user_id, metrics_date, time_zone, target_days_per_week, target_session_minutes, workouts_last_7_days,
        workouts_last_14_days, volume_last_7_days, volume_prev_7_days, volume_delta_pct, sets_last_7_days,
        sets_prev_7_days, avg_session_minutes, max_gap_days, current_gap_days, common_skip_day, consistency_score,
        dropout_risk, burnout_risk, momentum_trend, adherence_type, mistake_key, focus_key, focus_label, reasons,
        place
    )
    left join lateral (
        select m.*
        from training.behavior_metric m
        where m.tenant_id = $1
        and m.user_id = d.user_id
        and m.metrics_date = d.metrics_date
        limit 1
    ) stored on true
),
written as (
    insert into training.behavior_metric as t (
        tenant_id, user_id, metrics_date, computed_at, time_zone, target_days_per_week, target_session_minutes,
        workouts_last_7_days, workouts_last_14_days, volume_last_7_days, volume_prev_7_days, volume_delta_pct,
        sets_last_7_days, sets_prev_7_days, avg_session_minutes, max_gap_days, current_gap_days, common_skip_day,
        consistency_score, dropout_risk, burnout_risk, momentum_trend, adherence_type, mistake_key, focus_key,
        focus_label, reasons
    )
    select
        $1, m.user_id, m.metrics_date, $2, m.time_zone, m.target_days_per_week, m.target_session_minutes,
        m.workouts_last_7_days, m.workouts_last_14_days, round(m.volume_last_7_days, 1),
        round(m.volume_prev_7_days, 1), round(m.volume_delta_pct, 1), m.sets_last_7_days, m.sets_prev_7_days, round(m.avg_session_minutes, 1),
        m.max_gap_days, m.current_gap_days, m.common_skip_day, round(m.consistency_score, 1), m.dropout_risk,
        m.burnout_risk, m.momentum_trend, m.adherence_type, m.mistake_key, m.focus_key, m.focus_label, m.reasons
    from metric m
    where m.stored_at is null
    or m.stored_at <= $2 and not m.is_same
    on conflict (tenant_id, user_id, metrics_date) do update
    set
        computed_at = excluded.computed_at,
        time_zone = excluded.time_zone,
        target_days_per_week = excluded.target_days_per_week,
        target_session_minutes = excluded.target_session_minutes,
        workouts_last_7_days = excluded.workouts_last_7_days,
        workouts_last_14_days = excluded.workouts_last_14_days,
        volume_last_7_days = excluded.volume_last_7_days,
        volume_prev_7_days = excluded.volume_prev_7_days,
        volume_delta_pct = excluded.volume_delta_pct,
        sets_last_7_days = excluded.sets_last_7_days,
        sets_prev_7_days = excluded.sets_prev_7_days,
        avg_session_minutes = excluded.avg_session_minutes,
        max_gap_days = excluded.max_gap_days,
        current_gap_days = excluded.current_gap_days,
        common_skip_day = excluded.common_skip_day,
        consistency_score = excluded.consistency_score,
        dropout_risk = excluded.dropout_risk,
        burnout_risk = excluded.burnout_risk,
        momentum_trend = excluded.momentum_trend,
        adherence_type = excluded.adherence_type,
        mistake_key = excluded.mistake_key,
        focus_key = excluded.focus_key,
        focus_label = excluded.focus_label,
        reasons = excluded.reasons
    where t.computed_at <= excluded.computed_at
)
select
    count(*) filter (where m.stored_at is null) as "created!",
    count(*) filter (where m.stored_at <= $2 and not m.is_same) as "updated!",
    count(*) filter (where m.stored_at <= $2 and m.is_same) as "unchanged!",
    count(*) filter (where m.stored_at > $2) as "skipped_newer!"
from metric m
