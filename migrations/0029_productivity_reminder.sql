-- What the reminder jobs remember, so that nobody is told twice, and the reviews and reports they made.

create table productivity.contact_log (
    tenant_id uuid not null,
    -- That of the message where it is about one.
    dedupe_key text not null,
    user_id uuid not null,
    kind text not null check (kind in (
        'goal_digest', 'daily_nudge', 'daily_mail', 'weekly_review', 'reengagement', 'forgotten_timer',
        'monthly_report'
    )),
    -- The user's own date on which it is read.
    local_date date not null,
    created_at timestamptz not null default now(),
    primary key (tenant_id, dedupe_key),
    foreign key (tenant_id, user_id) references productivity.app_user (tenant_id, id) on delete cascade
);

create index contact_log_user_idx on productivity.contact_log (tenant_id, user_id, local_date);
-- What is old enough to be forgotten.
create index contact_log_created_idx on productivity.contact_log (tenant_id, created_at, dedupe_key);

comment on table productivity.contact_log is 'Each e-mail that was queued for somebody, and each daily nudge.';

create table productivity.goal_reminder_mark (
    tenant_id uuid not null,
    goal_id uuid not null,
    -- A goal that is put off is announced again.
    due_on date not null,
    bucket text not null check (bucket in ('week', 'tomorrow', 'today', 'overdue')),
    user_id uuid not null,
    local_date date not null,
    created_at timestamptz not null default now(),
    primary key (tenant_id, goal_id, due_on, bucket),
    foreign key (tenant_id, goal_id) references productivity.goal (tenant_id, id) on delete cascade
);

create index goal_reminder_mark_due_idx on productivity.goal_reminder_mark (tenant_id, due_on, goal_id, bucket);
-- What goes with a user.
create index goal_reminder_mark_user_idx on productivity.goal_reminder_mark (tenant_id, user_id);

comment on table productivity.goal_reminder_mark is 'What was announced about a goal.';

create table productivity.reengagement_episode (
    tenant_id uuid not null,
    user_id uuid not null,
    -- The user's own date of his last activity.
    episode_start date not null,
    -- Days of silence.
    last_step smallint not null check (last_step in (3, 7, 14, 30)),
    last_sent_at timestamptz not null,
    -- NULL = he may be written to again.
    closed_at timestamptz,
    primary key (tenant_id, user_id, episode_start),
    foreign key (tenant_id, user_id) references productivity.app_user (tenant_id, id) on delete cascade
);

create index reengagement_episode_open_idx on productivity.reengagement_episode (tenant_id, user_id)
    where closed_at is null;

comment on table productivity.reengagement_episode is 'How far somebody who stays away has been asked back.';

create table productivity.user_weekly_review (
    tenant_id uuid not null,
    user_id uuid not null,
    week_end_on date not null,
    focus_seconds integer not null check (focus_seconds >= 0),
    previous_focus_seconds integer not null check (previous_focus_seconds >= 0),
    sessions_completed integer not null check (sessions_completed >= 0),
    goals_completed integer not null check (goals_completed >= 0),
    active_days integer not null check (active_days >= 0),
    -- Days in a row.
    streak integer not null check (streak >= 0),
    completion_rate numeric(6, 4),
    best_day date,
    has_comparison boolean not null,
    computed_at timestamptz not null,
    primary key (tenant_id, user_id, week_end_on),
    foreign key (tenant_id, user_id) references productivity.app_user (tenant_id, id) on delete cascade
);

comment on table productivity.user_weekly_review is 'Somebody''s week, from one Sunday evening to the next.';

create table productivity.user_monthly_report (
    tenant_id uuid not null,
    user_id uuid not null,
    -- Its first day.
    month date not null check (extract(day from month) = 1),
    goals_created integer not null check (goals_created >= 0),
    goals_completed integer not null check (goals_completed >= 0),
    goals_open_end integer not null check (goals_open_end >= 0),
    overdue_end integer not null check (overdue_end >= 0),
    sessions_completed integer not null check (sessions_completed >= 0),
    focus_seconds integer not null check (focus_seconds >= 0),
    active_days integer not null check (active_days >= 0),
    best_streak integer not null check (best_streak >= 0),
    avg_session_seconds integer,
    median_session_seconds integer,
    longest_session_seconds integer,
    per_active_day_seconds integer,
    per_calendar_day_seconds integer,
    on_time_rate numeric(6, 4),
    -- ISO: 1 = Monday.
    best_weekday smallint check (best_weekday between 1 and 7),
    best_daypart text check (best_daypart in ('morning', 'afternoon', 'evening', 'night')),
    focus_change_pct numeric(9, 1),
    details jsonb not null,
    computed_at timestamptz not null,
    primary key (tenant_id, user_id, month),
    foreign key (tenant_id, user_id) references productivity.app_user (tenant_id, id) on delete cascade
);

comment on table productivity.user_monthly_report is 'Somebody''s month, by his own calendar.';

select platform.isolate_tenants(
    'productivity.contact_log', 'productivity.goal_reminder_mark', 'productivity.reengagement_episode',
    'productivity.user_weekly_review', 'productivity.user_monthly_report'
);

grant select, insert on
    productivity.contact_log, productivity.goal_reminder_mark, productivity.reengagement_episode,
    productivity.user_weekly_review, productivity.user_monthly_report
to nightshift_job;
grant update (last_step, last_sent_at, closed_at) on productivity.reengagement_episode to nightshift_job;
grant update (
    focus_seconds, previous_focus_seconds, sessions_completed, goals_completed, active_days, streak, completion_rate,
    best_day, has_comparison, computed_at
) on productivity.user_weekly_review to nightshift_job;
grant update (
    goals_created, goals_completed, goals_open_end, overdue_end, sessions_completed, focus_seconds, active_days,
    best_streak, avg_session_seconds, median_session_seconds, longest_session_seconds, per_active_day_seconds,
    per_calendar_day_seconds, on_time_rate, best_weekday, best_daypart, focus_change_pct, details, computed_at
) on productivity.user_monthly_report to nightshift_job;
