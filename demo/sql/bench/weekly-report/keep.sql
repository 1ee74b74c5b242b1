-- What weekly-report has written, a row a user, for the floor to write again.
copy (
    select
        r.tenant_id, r.user_id, r.week_start, r.week_end, r.status, r.generated_at, r.time_zone, r.target_days,
        r.week_target, r.workouts_count, r.training_days, r.total_volume_kg, r.volume_delta_pct,
        r.avg_session_minutes, r.prs_hit, r.max_gap_days, r.mistake_key, r.focus_key, r.focus_label,
        r.positive_signal_key, r.reasons, r.narrative, r.narrative_source, p.primary_goal,
        p.current_consistency_score, p.current_workouts_per_week, p.effective_weeks, p.strength_gain_weeks,
        p.visible_change_weeks, p.next_milestone, p.next_milestone_weeks, p.weeks_delta, p.delta_reason, n.kind,
        n.channel, n.dedupe_key, n.title, n.body, n.link, n.expires_at
    from training.weekly_report r
    join training.prediction p on p.user_id = r.user_id and p.week_start = r.week_start and p.source = 'weekly_job'
    join platform.notification n on n.dedupe_key = 'weekly-report:' || r.user_id || ':' || r.week_start
    where r.generated_at = '2026-01-29T03:00Z'
    order by r.user_id
) to stdout (format binary)
