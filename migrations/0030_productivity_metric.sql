-- What the analytics jobs found out. All of it can be computed again, as long as its sources stand; a row that would
-- come out the same but for computed_at is not rewritten.
--
-- A rate is NULL where it would divide by nothing, and so is what nobody measured.

create table productivity.user_daily_focus (
    tenant_id uuid not null,
    user_id uuid not null,
    -- The user's own date on which the sessions ended.
    day date not null,
    sessions_completed integer not null check (sessions_completed >= 0),
    sessions_cancelled integer not null check (sessions_cancelled >= 0),
    sessions_expired integer not null check (sessions_expired >= 0),
    sessions_counted integer not null check (sessions_counted >= 0),
    focus_seconds integer not null check (focus_seconds >= 0),
    break_sessions integer not null check (break_sessions >= 0),
    break_seconds integer not null check (break_seconds >= 0),
    -- {type: counted seconds}.
    by_type jsonb not null,
    computed_at timestamptz not null,
    primary key (tenant_id, user_id, day),
    foreign key (tenant_id, user_id) references productivity.app_user (tenant_id, id) on delete cascade
);

comment on table productivity.user_daily_focus is 'Somebody''s day by the timer.';

create table productivity.daily_metric (
    tenant_id uuid not null references platform.tenant on delete cascade,
    -- In UTC.
    day date not null,
    dau integer not null,
    wau integer not null,
    mau integer not null,
    new_users integer not null,
    sessions_started integer not null,
    sessions_completed integer not null,
    sessions_cancelled integer not null,
    sessions_expired integer not null,
    sessions_counted integer not null,
    focus_users integer not null,
    outliers_capped integer not null,
    goals_created integer not null,
    goals_completed integer not null,
    goals_overdue_open integer not null,
    mails_failed integer not null,
    focus_seconds bigint not null,
    stickiness numeric(6, 4),
    dau_wau numeric(6, 4),
    completion_rate numeric(6, 4),
    on_time_rate numeric(6, 4),
    avg_session_seconds integer,
    p50_session_seconds integer,
    p90_session_seconds integer,
    max_session_seconds integer,
    -- It is not computed again.
    is_final boolean not null,
    computed_at timestamptz not null,
    primary key (tenant_id, day)
);

comment on table productivity.daily_metric is 'A company''s day.';

create table productivity.metric_trend (
    tenant_id uuid not null references platform.tenant on delete cascade,
    day date not null,
    metric text not null,
    basis text not null check (basis in ('last_week', 'four_weeks')),
    previous numeric(14, 2) not null,
    current numeric(14, 2) not null,
    change_pct numeric(9, 1) not null,
    direction text not null check (direction in ('up', 'down')),
    level text not null check (level in ('notable', 'significant')),
    primary key (tenant_id, day, metric, basis)
);

comment on table productivity.metric_trend is 'A number that moved much against the weeks before.';

create table productivity.anomaly (
    tenant_id uuid not null references platform.tenant on delete cascade,
    metric text not null,
    period text not null check (period in ('day', 'slot')),
    period_start timestamptz not null,
    value numeric(16, 4) not null,
    expected numeric(16, 4) not null,
    -- NULL = nothing to measure the distance with.
    score numeric(12, 2),
    severity text not null check (severity in ('warning', 'critical')),
    status text not null default 'open' check (status in ('open', 'acknowledged')),
    message text not null,
    detected_at timestamptz not null,
    primary key (tenant_id, metric, period, period_start)
);

create index anomaly_period_idx on productivity.anomaly (tenant_id, period_start, metric, period);

comment on table productivity.anomaly is 'A number that is far from what its like has been.';

create table productivity.weekly_metric (
    tenant_id uuid not null references platform.tenant on delete cascade,
    -- A Sunday.
    week_start date not null check (extract(dow from week_start) = 0),
    wau integer not null,
    new_users integer not null,
    retained_users integer not null,
    resurrected_users integer not null,
    dormant_users integer not null,
    new_active_users integer not null,
    sessions_completed integer not null,
    sessions_cancelled integer not null,
    sessions_expired integer not null,
    focus_users integer not null,
    goals_created integer not null,
    goals_completed integer not null,
    goals_overdue integer not null,
    focus_seconds bigint not null,
    completion_rate numeric(6, 4),
    quick_ratio numeric(12, 4),
    p50_session_seconds integer,
    by_type jsonb not null,
    active_days_histogram integer[] not null check (cardinality(active_days_histogram) = 7),
    peak_hour smallint check (peak_hour between 0 and 23),
    -- 0 = Sunday.
    peak_dow smallint check (peak_dow between 0 and 6),
    d1_size integer not null,
    d1_retained integer not null,
    d7_size integer not null,
    d7_retained integer not null,
    d30_size integer not null,
    d30_retained integer not null,
    d1_rate numeric(6, 4),
    d7_rate numeric(6, 4),
    d30_rate numeric(6, 4),
    computed_at timestamptz not null,
    primary key (tenant_id, week_start)
);

comment on table productivity.weekly_metric is 'A company''s week, from Sunday to Saturday in UTC.';

create table productivity.retention_cohort (
    tenant_id uuid not null references platform.tenant on delete cascade,
    cohort_day date not null,
    day_n smallint not null check (day_n in (1, 7, 14, 30)),
    size integer not null check (size >= 1),
    classic integer not null,
    rolling integer not null,
    as_of_on date not null,
    primary key (tenant_id, cohort_day, day_n),
    constraint retention_cohort_share_check check (classic between 0 and rolling and rolling <= size)
);

comment on table productivity.retention_cohort is
    'Who came on a day: how many of them were active n days later, and how many on that day or any after it.';

create table productivity.usage_heatmap (
    tenant_id uuid not null references platform.tenant on delete cascade,
    week_start date not null,
    -- By the users' own clocks; 0 = Sunday.
    dow smallint not null check (dow between 0 and 6),
    hour smallint not null check (hour between 0 and 23),
    sessions integer not null check (sessions > 0),
    primary key (tenant_id, week_start, dow, hour)
);

comment on table productivity.usage_heatmap is 'At which hours of a week people began to work by the timer.';

create table productivity.monthly_insight (
    tenant_id uuid not null references platform.tenant on delete cascade,
    month date not null check (extract(day from month) = 1),
    mau integer not null,
    new_users integer not null,
    sessions_completed integer not null,
    goals_created integer not null,
    goals_completed integer not null,
    churned_users integer not null,
    reactivated_users integer not null,
    dormant_users integer not null,
    seg_never_activated integer not null,
    seg_new integer not null,
    seg_churned integer not null,
    seg_at_risk integer not null,
    seg_power integer not null,
    seg_active integer not null,
    focus_seconds bigint not null,
    avg_sessions_per_active numeric(12, 2),
    median_sessions_per_active numeric(12, 2),
    avg_dau numeric(12, 2),
    stickiness numeric(6, 4),
    churn_rate numeric(6, 4),
    retention_rate numeric(6, 4),
    insights jsonb not null,
    -- The days of the month were not all there yet.
    stale boolean not null,
    computed_at timestamptz not null,
    primary key (tenant_id, month)
);

comment on table productivity.monthly_insight is 'A company''s month in UTC.';

create table productivity.user_segment (
    tenant_id uuid not null,
    month date not null check (extract(day from month) = 1),
    user_id uuid not null,
    segment text not null
        check (segment in ('never_activated', 'new', 'churned', 'at_risk', 'power', 'active')),
    previous_segment text
        check (previous_segment in ('never_activated', 'new', 'churned', 'at_risk', 'power', 'active')),
    primary key (tenant_id, month, user_id),
    foreign key (tenant_id, user_id) references productivity.app_user (tenant_id, id) on delete cascade
);

-- What goes with a user.
create index user_segment_user_idx on productivity.user_segment (tenant_id, user_id);

comment on table productivity.user_segment is 'What somebody was to the company in a month.';

create table productivity.feature_usage (
    tenant_id uuid not null references platform.tenant on delete cascade,
    month date not null check (extract(day from month) = 1),
    feature text not null,
    -- NULL = nobody tracked it.
    users integer,
    events integer,
    adoption numeric(6, 4),
    primary key (tenant_id, month, feature)
);

comment on table productivity.feature_usage is 'How many used a part of the application in a month.';

create table productivity.behavior_insight (
    tenant_id uuid not null references platform.tenant on delete cascade,
    window_start timestamptz not null,
    sessions integer not null,
    sessions_completed integer not null,
    adherence_base integer not null,
    adherence_kept integer not null,
    by_type jsonb not null,
    median_seconds integer,
    p90_seconds integer,
    completion_rate numeric(6, 4),
    break_adherence numeric(6, 4),
    mean_pauses numeric(6, 2),
    mean_rating numeric(6, 2),
    -- By the users' own clocks.
    hours integer[] not null check (cardinality(hours) = 24),
    goal_timing_median_days numeric(7, 1),
    computed_at timestamptz not null,
    primary key (tenant_id, window_start)
);

comment on table productivity.behavior_insight is 'How a company''s people worked in six hours.';

create table productivity.user_behavior_profile (
    tenant_id uuid not null,
    user_id uuid not null,
    -- Counted sessions of four weeks; below 5 nothing is told of them.
    sample integer not null,
    preferred_type text,
    best_daypart text check (best_daypart in ('morning', 'afternoon', 'evening', 'night')),
    usual_hour smallint check (usual_hour between 0 and 23),
    median_seconds integer,
    completion_rate numeric(6, 4),
    break_adherence numeric(6, 4),
    computed_at timestamptz not null,
    primary key (tenant_id, user_id),
    foreign key (tenant_id, user_id) references productivity.app_user (tenant_id, id) on delete cascade
);

comment on table productivity.user_behavior_profile is 'How somebody usually works.';

create table productivity.performance_metric (
    tenant_id uuid not null references platform.tenant on delete cascade,
    hour_at timestamptz not null,
    -- http, http:{route} or mail.
    scope text not null,
    requests integer,
    errors_4xx integer,
    errors_5xx integer,
    error_rate numeric(6, 4),
    slow_share numeric(6, 4),
    mean_ms integer,
    p50_ms integer,
    p95_ms integer,
    p99_ms integer,
    max_ms integer,
    peak_per_minute integer,
    details jsonb not null,
    computed_at timestamptz not null,
    primary key (tenant_id, hour_at, scope)
);

comment on table productivity.performance_metric is 'How a company''s application answered in an hour, and how its mail went.';

-- Of the whole installation: no tenant's, hence no row level security.
create table productivity.system_metric (
    hour_at timestamptz not null,
    -- jobs, job:{name} or database.
    scope text not null,
    values jsonb not null,
    computed_at timestamptz not null,
    primary key (hour_at, scope)
);

comment on table productivity.system_metric is 'How the jobs and the database did in an hour.';

select platform.isolate_tenants(
    'productivity.user_daily_focus', 'productivity.daily_metric', 'productivity.metric_trend',
    'productivity.anomaly', 'productivity.weekly_metric', 'productivity.retention_cohort',
    'productivity.usage_heatmap', 'productivity.monthly_insight', 'productivity.user_segment',
    'productivity.feature_usage', 'productivity.behavior_insight', 'productivity.user_behavior_profile',
    'productivity.performance_metric'
);

-- Delete: what is not so any more, what is too old, and those of erased people.
grant select, insert, update, delete on
    productivity.user_daily_focus, productivity.metric_trend, productivity.anomaly, productivity.usage_heatmap,
    productivity.daily_metric, productivity.behavior_insight, productivity.user_behavior_profile,
    productivity.user_segment, productivity.performance_metric, productivity.system_metric,
    productivity.retention_cohort
to nightshift_job;
grant select, insert, update on
    productivity.weekly_metric, productivity.monthly_insight,
    productivity.feature_usage
to nightshift_job;
