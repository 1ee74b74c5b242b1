-- Writes reports, and with each that is new or tells more than before its prediction and its notice; says how many. One
-- element of each array a user. A report is told by the unique index (tenant_id, user_id, week_start), a prediction by
-- that of weekly_job, a notice by its key.
--
-- One that was generated stays as it is, and one that said that there was too little to tell is rewritten only by one
-- that does tell: its prediction follows, and its notice unless it was read.
with week as materialized (
    select *
    from rows from (
        unnest($4::uuid[]), unnest($5::date[]), unnest($6::date[]), unnest($7::text[]), unnest($8::text[]),
        unnest($9::smallint[]), unnest($10::smallint[]), unnest($11::smallint[]), unnest($12::smallint[]),
        unnest($13::numeric[]), unnest($14::numeric[]), unnest($15::numeric[]), unnest($16::smallint[]),
        unnest($17::smallint[]), unnest($18::text[]), unnest($19::text[]), unnest($20::text[]), unnest($21::text[]),
        unnest($22::jsonb[]), unnest($23::text[]), unnest($24::text[]), unnest($25::text[]), unnest($26::numeric[]),
        unnest($27::numeric[]), unnest($28::numeric[]), unnest($29::smallint[]), unnest($30::smallint[]),
        unnest($31::text[]), unnest($32::smallint[]), unnest($33::smallint[]), unnest($34::text[]), generate_series(1,
        cardinality($4::uuid[]))
    ) as w (
        user_id, week_start, week_end, status, time_zone, target_days, week_target, workouts_count, training_days,
        total_volume_kg, volume_delta_pct, avg_session_minutes, prs_hit, max_gap_days, mistake_key, focus_key,
        focus_label, positive_signal_key, reasons, narrative, title, primary_goal, current_consistency_score,
        current_workouts_per_week, effective_weeks, strength_gain_weeks, visible_change_weeks, next_milestone,
        next_milestone_weeks, weeks_delta, delta_reason, place
    )
),
report as (
    insert into training.weekly_report as r (
        tenant_id, user_id, week_start, generated_at, narrative_source, week_end, status, time_zone, target_days,
        week_target, workouts_count, training_days, total_volume_kg, volume_delta_pct, avg_session_minutes, prs_hit,
        max_gap_days, mistake_key, focus_key, focus_label, positive_signal_key, reasons, narrative
    )
    select
        $1, w.user_id, w.week_start, $2, 'template', w.week_end, w.status, w.time_zone, w.target_days, w.week_target,
        w.workouts_count, w.training_days, round(w.total_volume_kg, 1), round(w.volume_delta_pct, 1),
        round(w.avg_session_minutes, 1), w.prs_hit, w.max_gap_days, w.mistake_key, w.focus_key, w.focus_label,
        w.positive_signal_key, w.reasons, w.narrative
    from week w
    on conflict (tenant_id, user_id, week_start) do update
    set
        generated_at = excluded.generated_at,
        narrative_source = excluded.narrative_source,
        status = excluded.status,
        time_zone = excluded.time_zone,
        target_days = excluded.target_days,
        week_target = excluded.week_target,
        workouts_count = excluded.workouts_count,
        training_days = excluded.training_days,
        total_volume_kg = excluded.total_volume_kg,
        volume_delta_pct = excluded.volume_delta_pct,
        avg_session_minutes = excluded.avg_session_minutes,
        prs_hit = excluded.prs_hit,
        max_gap_days = excluded.max_gap_days,
        mistake_key = excluded.mistake_key,
        focus_key = excluded.focus_key,
        focus_label = excluded.focus_label,
        positive_signal_key = excluded.positive_signal_key,
        reasons = excluded.reasons,
        narrative = excluded.narrative
    where r.status = 'insufficient_data'
    and excluded.status = 'generated'
    -- A row that was inserted has no version before.
    returning r.user_id, r.status, r.xmax = 0 as is_new
),
predicted as (
    insert into training.prediction (
        tenant_id, user_id, source, week_start, computed_at, primary_goal, current_consistency_score,
        current_workouts_per_week, effective_weeks, strength_gain_weeks, visible_change_weeks, next_milestone,
        next_milestone_weeks, weeks_delta, delta_reason
    )
    select
        $1, w.user_id, 'weekly_job', w.week_start, $2, w.primary_goal, round(w.current_consistency_score, 1),
        round(w.current_workouts_per_week, 1), round(w.effective_weeks, 2), w.strength_gain_weeks,
        w.visible_change_weeks, w.next_milestone, w.next_milestone_weeks, w.weeks_delta, w.delta_reason
    from report r
    join week w on w.user_id = r.user_id
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
    insert into platform.notification as n (
        tenant_id, recipient_id, kind, channel, dedupe_key, title, body, link, expires_at
    )
    select
        $1, w.user_id, 'weekly_report', 'in_app', 'weekly-report:' || w.user_id || ':' || w.week_start, w.title,
        w.narrative, '/reports/weekly/' || w.week_start, $3
    from report r
    join week w on w.user_id = r.user_id
    on conflict (tenant_id, dedupe_key) do update
    set
        title = excluded.title,
        body = excluded.body
    where n.read_at is null
    and exists (select from report r where r.user_id = n.recipient_id and not r.is_new)
    returning 1
)
select
    count(*) filter (where r.is_new and r.status = 'generated') as "generated!",
    count(*) filter (where r.is_new and r.status = 'insufficient_data') as "insufficient_data!",
    count(*) filter (where not r.is_new) as "upgraded!",
    (select count(*) from predicted) as "predictions!",
    (select count(*) from notified) as "notifications!"
from report r
