-- Where old sessions go, and what data-cleanup did. It is the one job that deletes what people made, so what it may
-- delete stands here in one place.

create table productivity.timer_session_archive (
    tenant_id uuid not null,
    id uuid not null,
    user_id uuid not null,
    -- The goal may be gone by now.
    goal_id uuid,
    type text not null,
    started_at timestamptz not null,
    ended_at timestamptz not null,
    planned_seconds integer not null,
    actual_seconds integer,
    status text not null,
    paused_at timestamptz,
    paused_seconds integer not null,
    pause_count integer not null,
    last_pause_seconds integer,
    resumed_at timestamptz,
    completion_pct smallint,
    productivity_rating smallint,
    notifications_enabled boolean not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    archived_at timestamptz not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, user_id) references productivity.app_user (tenant_id, id) on delete cascade
);

create index timer_session_archive_ended_idx on productivity.timer_session_archive (tenant_id, ended_at, id);
create index timer_session_archive_user_idx on productivity.timer_session_archive (tenant_id, user_id);

comment on table productivity.timer_session_archive is
    'A session of which only what was measured is kept: no title, no notes, no device.';

create table productivity.cleanup_run (
    tenant_id uuid not null references platform.tenant on delete cascade,
    run_id uuid not null,
    as_of timestamptz not null,
    -- {detail, metrics}.
    cutoffs jsonb not null,
    counts jsonb not null,
    dry_run boolean not null,
    primary key (tenant_id, run_id)
);

comment on table productivity.cleanup_run is 'What data-cleanup did for a company.';

select platform.isolate_tenants('productivity.timer_session_archive', 'productivity.cleanup_run');

grant select, insert, update, delete on productivity.timer_session_archive to nightshift_job;
grant select, insert, update on productivity.cleanup_run to nightshift_job;

-- How old notices are found, and old mails that still have a text: what is left of those stays small.
create index notification_read_idx on platform.notification (tenant_id, read_at, id) where read_at is not null;
create index notification_unread_idx on platform.notification (tenant_id, created_at, id) where read_at is null;
create index message_text_idx on platform.message (tenant_id, created_at, id)
    where status in ('sent', 'failed', 'expired', 'suppressed') and (body_text <> '' or body_html <> '');

-- Forgotten timers are ended, old goals archived.
grant update (status, actual_seconds, ended_at, completion_pct, updated_at) on productivity.timer_session to nightshift_job;
grant update (archived_at) on productivity.goal to nightshift_job;

-- By age, and with erased people.
grant delete on
    productivity.app_user, productivity.notification_pref, productivity.goal, productivity.timer_session,
    productivity.user_activity_day, productivity.activity_event, productivity.http_minute_stat,
    productivity.contact_log, productivity.goal_reminder_mark, productivity.reengagement_episode,
    productivity.user_weekly_review, productivity.user_monthly_report
to nightshift_job;
