-- What behavior-metrics leaves behind in one line, but for the ids and the time of each row's making.
select concat_ws(' ', count(*), sum(hashtextextended(
    concat_ws('|',
        user_id, metrics_date, computed_at, time_zone, target_days_per_week, target_session_minutes,
        workouts_last_7_days, workouts_last_14_days, volume_last_7_days, volume_prev_7_days, volume_delta_pct,
        sets_last_7_days, sets_prev_7_days, avg_session_minutes, max_gap_days, current_gap_days, common_skip_day,
        consistency_score, dropout_risk, burnout_risk, momentum_trend, adherence_type, mistake_key, focus_key,
        focus_label, reasons
    ), 0
)))
from training.behavior_metric
