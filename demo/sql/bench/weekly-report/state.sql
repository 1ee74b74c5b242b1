-- What weekly-report leaves behind in one line, but for the ids and the time of each row's making.
select concat_ws(' ',
    (
        select concat_ws(' ', count(*), sum(hashtextextended(
            concat_ws('|',
                user_id, week_start, week_end, status, generated_at, time_zone, target_days, week_target,
                workouts_count, training_days, total_volume_kg, volume_delta_pct, avg_session_minutes, prs_hit,
                max_gap_days, mistake_key, focus_key, focus_label, positive_signal_key, reasons, narrative,
                narrative_source
            ), 0
        )))
        from training.weekly_report
    ),
    (
        select concat_ws(' ', count(*), sum(hashtextextended(
            concat_ws('|',
                user_id, source, week_start, computed_at, primary_goal, current_consistency_score,
                current_workouts_per_week, effective_weeks, strength_gain_weeks, visible_change_weeks, next_milestone,
                next_milestone_weeks, weeks_delta, delta_reason
            ), 0
        )))
        from training.prediction
    ),
    (
        select concat_ws(' ', count(*), sum(hashtextextended(
            concat_ws('|',
                recipient_id, kind, channel, dedupe_key, title, body, link, expires_at
            ), 0
        )))
        from platform.notification
    )
)
