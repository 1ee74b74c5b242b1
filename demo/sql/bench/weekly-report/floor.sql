-- The floor of weekly-report where everybody's is due: what its pages read, read at once for the whole app, and the very
-- rows that it wrote, written at once from where they were kept.
with span as (
    select
        w.user_id,
        min(w.start_time) as first_at,
        array_agg(row(w.start_time, w.duration_minutes)) filter (where w.start_time >= $2 - interval '373 days')
            as workouts
    from training.workout w
    where w.tenant_id = $1
    and w.lifecycle_status = 'finalized'
    and w.completion_status in ('completed', 'partial')
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
    and w.start_time >= $2 - interval '23 days'
    and w.start_time <= $2
    group by w.id, w.user_id, w.start_time, s.exercise_id
),
lifted as (
    select l.user_id, array_agg(row(l.start_time, l.exercise_id, l.volume, l.sets, l.best)) as lifts
    from lift l
    group by l.user_id
),
earlier as (
    select
        t.user_id,
        t.exercise_id,
        max((s.weight_kg * 100)::bigint * case when s.reps = 1 then 30 else 30 + s.reps end) as best
    from (
        select distinct l.user_id, l.exercise_id
        from lift l
        where l.best is not null
        and l.start_time >= '2026-01-19Z'
        and l.start_time < '2026-01-26Z'
    ) t
    join training.workout_set s on s.user_id = t.user_id and s.exercise_id = t.exercise_id
    join training.workout w on w.id = s.workout_id
    where s.tenant_id = $1
    and s.set_type <> 'warmup'
    and s.weight_kg > 0
    and s.reps between 1 and 12
    and w.tenant_id = $1
    and w.lifecycle_status = 'finalized'
    and w.completion_status in ('completed', 'partial')
    and w.start_time < '2026-01-19Z'
    group by t.user_id, t.exercise_id
),
best as (
    select e.user_id, array_agg(row(e.exercise_id, e.best)) as bests
    from earlier e
    group by e.user_id
),
previous as (
    select distinct on (p.user_id) p.user_id, p.primary_goal, p.strength_gain_weeks
    from training.prediction p
    where p.tenant_id = $1
    and p.source = 'weekly_job'
    and p.week_start < '2026-01-19'
    order by p.user_id, p.week_start desc
),
feature as materialized (
    select
        u.id, span.first_at, span.workouts, lifted.lifts, best.bests, previous.primary_goal as previous_goal,
        previous.strength_gain_weeks, r.status, c.primary_goal, c.target_days_per_week, c.target_session_minutes
    from training.app_user u
    left join span on span.user_id = u.id
    left join lifted on lifted.user_id = u.id
    left join best on best.user_id = u.id
    left join previous on previous.user_id = u.id
    left join training.weekly_report r on r.tenant_id = $1 and r.user_id = u.id and r.week_start = '2026-01-19'
    left join training.coach_profile c on c.tenant_id = $1 and c.user_id = u.id
    where u.tenant_id = $1
    and u.entitlement = 'pro'
    and (u.disabled_at is null or u.disabled_at > $2)
    and u.registered_at < '2026-01-26Z'
),
report as (
    insert into training.weekly_report (
        tenant_id, user_id, week_start, week_end, status, generated_at, time_zone, target_days, week_target,
        workouts_count, training_days, total_volume_kg, volume_delta_pct, avg_session_minutes, prs_hit, max_gap_days,
        mistake_key, focus_key, focus_label, positive_signal_key, reasons, narrative, narrative_source
    )
    select
        $1, k.id, k.week_start, k.week_end, k.status, k.generated_at, k.time_zone, k.target_days, k.week_target,
        k.workouts_count, k.training_days, k.total_volume_kg, k.volume_delta_pct, k.avg_session_minutes, k.prs_hit,
        k.max_gap_days, k.mistake_key, k.focus_key, k.focus_label, k.positive_signal_key, k.reasons, k.narrative,
        k.narrative_source
    from feature f
    join public.kept k using (id)
    returning user_id
),
predicted as (
    insert into training.prediction (
        tenant_id, user_id, source, week_start, computed_at, primary_goal, current_consistency_score,
        current_workouts_per_week, effective_weeks, strength_gain_weeks, visible_change_weeks, next_milestone,
        next_milestone_weeks, weeks_delta, delta_reason
    )
    select
        $1, k.id, 'weekly_job', k.week_start, $2, k.primary_goal, k.current_consistency_score,
        k.current_workouts_per_week, k.effective_weeks, k.strength_gain_weeks, k.visible_change_weeks,
        k.next_milestone, k.next_milestone_weeks, k.weeks_delta, k.delta_reason
    from report r
    join public.kept k on k.id = r.user_id
    -- Of reports that were made too early the predictions are there.
    on conflict (tenant_id, user_id, week_start) where source = 'weekly_job' do update
    set
        computed_at = excluded.computed_at,
        primary_goal = excluded.primary_goal,
        current_consistency_score = excluded.current_consistency_score,
        current_workouts_per_week = excluded.current_workouts_per_week,
        effective_weeks = excluded.effective_weeks,
        strength_gain_weeks = excluded.strength_gain_weeks,
        visible_change_weeks = excluded.visible_change_weeks,
        next_milestone = excluded.next_milestone,
        next_milestone_weeks = excluded.next_milestone_weeks,
        weeks_delta = excluded.weeks_delta,
        delta_reason = excluded.delta_reason
    returning 1
),
notified as (
    insert into platform.notification (
        tenant_id, recipient_id, kind, channel, dedupe_key, title, body, link, expires_at
    )
    select
        $1, k.id, k.kind, k.channel, k.dedupe_key, k.title, k.body, k.link, k.expires_at
    from report r
    join public.kept k on k.id = r.user_id
    returning 1
)
select
    (select count(*) from predicted),
    (select count(*) from notified)
