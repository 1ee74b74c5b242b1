-- What the training jobs found out: nightly metrics, weekly reports and predictions.
--
-- Numbers with a decimal are rounded to it, half away from zero. NULL = nothing can be said: never a 0 made up. No
-- foreign key points at these tables, so they have no `unique (tenant_id, id)`.

create table training.behavior_metric (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null,
    user_id uuid not null,
    -- The user's own date.
    metrics_date date not null check (metrics_date between '1899-12-31' and '2300-01-01'),
    computed_at timestamptz not null
        check (computed_at >= '1900-01-01 00:00Z' and computed_at < '2300-01-01 00:00Z'),
    time_zone text not null,
    -- The targets that were used.
    target_days_per_week smallint not null,
    target_session_minutes smallint not null,
    -- Training days.
    workouts_last_7_days smallint not null,
    workouts_last_14_days smallint not null,
    -- Kilograms, with one decimal.
    volume_last_7_days numeric not null,
    volume_prev_7_days numeric not null,
    -- Percent, with one decimal.
    volume_delta_pct numeric,
    sets_last_7_days integer not null,
    sets_prev_7_days integer not null,
    avg_session_minutes numeric,
    max_gap_days integer not null,
    current_gap_days integer not null,
    common_skip_day text check (common_skip_day in ('mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun')),
    -- Percent of the target, with one decimal.
    consistency_score numeric not null check (consistency_score between 0 and 100),
    dropout_risk text not null check (dropout_risk in ('low', 'medium', 'high')),
    burnout_risk text not null check (burnout_risk in ('low', 'medium', 'high')),
    momentum_trend text not null check (momentum_trend in ('rising', 'stable', 'falling')),
    adherence_type text not null check (adherence_type in ('consistent', 'weekend_warrior', 'sporadic')),
    mistake_key text,
    focus_key text,
    focus_label text,
    -- [{"reason_key", "reason_label"}]
    reasons jsonb not null,
    created_at timestamptz not null default now(),
    constraint behavior_metric_key unique (tenant_id, user_id, metrics_date),
    constraint behavior_metric_focus_check check (num_nulls(mistake_key, focus_key, focus_label) in (0, 3)),
    foreign key (tenant_id, user_id) references training.app_user (tenant_id, id) on delete cascade
);

-- When a user was measured last: limited runs begin with whom that was longest ago.
create index behavior_metric_age_idx on training.behavior_metric (tenant_id, user_id, computed_at);

comment on table training.behavior_metric is 'How a user trains, as of one of his days, of behavior-metrics.';

create table training.weekly_report (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null,
    user_id uuid not null,
    week_start date not null constraint weekly_report_monday_check check (extract(isodow from week_start) = 1),
    week_end date not null,
    status text not null check (status in ('generated', 'insufficient_data')),
    generated_at timestamptz not null,
    time_zone text not null,
    -- Days a week, and what was to be expected of this week.
    target_days smallint not null,
    week_target smallint not null,
    workouts_count smallint not null,
    training_days smallint not null,
    -- With one decimal: kilograms, percent, minutes.
    total_volume_kg numeric not null,
    volume_delta_pct numeric,
    avg_session_minutes numeric,
    prs_hit smallint not null,
    max_gap_days smallint not null,
    mistake_key text,
    focus_key text,
    focus_label text,
    positive_signal_key text,
    reasons jsonb not null,
    narrative text not null,
    narrative_source text not null check (narrative_source in ('template', 'llm')),
    created_at timestamptz not null default now(),
    constraint weekly_report_key unique (tenant_id, user_id, week_start),
    constraint weekly_report_week_check check (week_end = week_start + 6),
    foreign key (tenant_id, user_id) references training.app_user (tenant_id, id) on delete cascade
);

comment on table training.weekly_report is 'A user''s week, of weekly-report. A generated one is never rewritten.';

create table training.prediction (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null,
    user_id uuid not null,
    source text not null check (source in ('weekly_job', 'on_demand')),
    week_start date,
    computed_at timestamptz not null,
    primary_goal text not null,
    -- NULL = nothing was trained yet.
    current_consistency_score numeric,
    current_workouts_per_week numeric not null,
    -- Weeks of training at the target, with two decimals.
    effective_weeks numeric not null,
    strength_gain_weeks smallint not null check (strength_gain_weeks >= 0),
    visible_change_weeks smallint not null check (visible_change_weeks >= 0),
    next_milestone text not null,
    next_milestone_weeks smallint not null,
    -- Against the week before. NULL = there is nothing to compare with.
    weeks_delta smallint,
    delta_reason text not null
        check (delta_reason in ('first_prediction', 'goal_changed', 'improved', 'extended', 'no_change')),
    created_at timestamptz not null default now(),
    constraint prediction_week_check check (week_start is not null or source <> 'weekly_job'),
    foreign key (tenant_id, user_id) references training.app_user (tenant_id, id) on delete cascade
);

create unique index prediction_week_key on training.prediction (tenant_id, user_id, week_start)
    where source = 'weekly_job';
-- All of a user's predictions, those on demand too; also what goes with him.
create index prediction_user_idx on training.prediction (tenant_id, user_id, computed_at desc);

comment on table training.prediction is 'How many more weeks it may take: an estimate, and to be called so.';

select platform.isolate_tenants('training.behavior_metric', 'training.weekly_report', 'training.prediction');

grant select, insert on training.behavior_metric, training.weekly_report, training.prediction to nightshift_job;

-- All but a row's key, and when it was made.
grant update (
    computed_at, time_zone, target_days_per_week, target_session_minutes, workouts_last_7_days, workouts_last_14_days,
    volume_last_7_days, volume_prev_7_days, volume_delta_pct, sets_last_7_days, sets_prev_7_days, avg_session_minutes,
    max_gap_days, current_gap_days, common_skip_day, consistency_score, dropout_risk, burnout_risk, momentum_trend,
    adherence_type, mistake_key, focus_key, focus_label, reasons
) on training.behavior_metric to nightshift_job;
grant update (
    status, generated_at, time_zone, target_days, week_target, workouts_count, training_days, total_volume_kg,
    volume_delta_pct, avg_session_minutes, prs_hit, max_gap_days, mistake_key, focus_key, focus_label,
    positive_signal_key, reasons, narrative, narrative_source
) on training.weekly_report to nightshift_job;
grant update (
    computed_at, primary_goal, current_consistency_score, current_workouts_per_week, effective_weeks,
    strength_gain_weeks, visible_change_weeks, next_milestone, next_milestone_weeks, weeks_delta, delta_reason
) on training.prediction to nightshift_job;
