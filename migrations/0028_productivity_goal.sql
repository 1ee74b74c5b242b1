-- What people want to reach, how long they worked at it, and what else they did.

create table productivity.goal (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null,
    user_id uuid not null,
    title text not null check (char_length(title) between 1 and 100),
    description text,
    category text not null default 'other' check (category in (
        'work', 'personal', 'health', 'education', 'finance', 'relationships', 'hobby', 'other'
    )),
    priority text not null default 'medium' check (priority in ('low', 'medium', 'high', 'urgent')),
    status text not null default 'not_started'
        check (status in ('not_started', 'in_progress', 'paused', 'completed', 'cancelled')),
    -- Percent.
    progress smallint not null default 0 check (progress between 0 and 100),
    -- A date on the user's own calendar.
    due_on date check (due_on between '1899-12-31' and '2300-01-01'),
    completed_at timestamptz
        check (completed_at >= '1900-01-01 00:00Z' and completed_at < '2300-01-01 00:00Z'),
    cancelled_at timestamptz,
    archived_at timestamptz,
    deleted_at timestamptz,
    is_recurring boolean not null default false,
    created_at timestamptz not null default now()
        check (created_at >= '1900-01-01 00:00Z' and created_at < '2300-01-01 00:00Z'),
    updated_at timestamptz not null default now(),
    unique (tenant_id, id),
    foreign key (tenant_id, user_id) references productivity.app_user (tenant_id, id) on delete cascade
);

-- Open goals by the day on which they are due.
create index goal_due_idx on productivity.goal (tenant_id, due_on, user_id)
    where status in ('not_started', 'in_progress') and archived_at is null and deleted_at is null;
-- The open ones of somebody, the next one first.
create index goal_open_idx on productivity.goal (tenant_id, user_id, due_on)
    where status in ('not_started', 'in_progress') and archived_at is null and deleted_at is null;
create index goal_user_idx on productivity.goal (tenant_id, user_id);
create index goal_completed_idx on productivity.goal (tenant_id, completed_at);
create index goal_created_idx on productivity.goal (tenant_id, created_at);
-- What was finished long ago and is still shown. (Case and not coalesce: as for the users' zones.)
create index goal_finished_idx on productivity.goal (
    tenant_id,
    (case when completed_at is not null then completed_at when cancelled_at is not null then cancelled_at else updated_at end),
    id
) where status in ('completed', 'cancelled') and archived_at is null and deleted_at is null and not is_recurring;

comment on table productivity.goal is 'Something that somebody wants to reach.';

create table productivity.timer_session (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null,
    user_id uuid not null,
    goal_id uuid,
    -- All but breaks are focus sessions.
    type text not null default 'focus' check (type in ('pomodoro', 'focus', 'break', 'custom')),
    title text,
    started_at timestamptz not null
        check (started_at >= '1900-01-01 00:00Z' and started_at < '2300-01-01 00:00Z'),
    ended_at timestamptz check (ended_at >= '1900-01-01 00:00Z' and ended_at < '2300-01-01 00:00Z'),
    planned_seconds integer not null default 1500 check (planned_seconds between 60 and 28800),
    actual_seconds integer check (actual_seconds >= 0),
    status text not null check (status in ('running', 'paused', 'completed', 'cancelled', 'expired')),
    paused_at timestamptz check (paused_at >= '1900-01-01 00:00Z' and paused_at < '2300-01-01 00:00Z'),
    -- All pauses before the present one together.
    paused_seconds integer not null default 0,
    pause_count integer not null default 0,
    last_pause_seconds integer,
    resumed_at timestamptz check (resumed_at >= '1900-01-01 00:00Z' and resumed_at < '2300-01-01 00:00Z'),
    completion_pct smallint,
    productivity_rating smallint check (productivity_rating between 1 and 5),
    notifications_enabled boolean not null default true,
    notes text,
    device jsonb,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (tenant_id, id),
    constraint timer_session_ended_check check ((status in ('running', 'paused')) = (ended_at is null)),
    constraint timer_session_paused_check check (status <> 'paused' or paused_at is not null),
    foreign key (tenant_id, user_id) references productivity.app_user (tenant_id, id) on delete cascade,
    foreign key (tenant_id, goal_id) references productivity.goal (tenant_id, id) on delete set null (goal_id)
);

-- Nobody works at two things at a time.
create unique index timer_session_live_key on productivity.timer_session (tenant_id, user_id)
    where status in ('running', 'paused');
create index timer_session_user_idx on productivity.timer_session (tenant_id, user_id, ended_at);
create index timer_session_ended_idx on productivity.timer_session (tenant_id, ended_at, id);
create index timer_session_started_idx on productivity.timer_session (tenant_id, started_at);
-- A goal that goes with its user is taken from the sessions that name it.
create index timer_session_goal_idx on productivity.timer_session (tenant_id, goal_id) where goal_id is not null;
-- What somebody began next, whether it has ended or not.
create index timer_session_begun_idx on productivity.timer_session (tenant_id, user_id, started_at);
-- What was told of somebody's old sessions of late.
create index timer_session_updated_idx on productivity.timer_session (tenant_id, user_id, updated_at);

comment on table productivity.timer_session is 'A stretch of work, or a break, by the timer.';

-- Lengths are told in one place. It is the time at work: pauses are no part of it.
create view productivity.ended_session with (security_invoker = true) as
select
    s.tenant_id,
    s.id,
    s.user_id,
    s.goal_id,
    s.type,
    s.type <> 'break' as is_focus,
    s.status,
    s.started_at,
    s.ended_at,
    s.updated_at,
    s.pause_count,
    s.productivity_rating,
    l.seconds,
    -- Nobody works longer than eight hours at a stretch: what is longer was forgotten.
    least(l.seconds, 28800)::integer as capped_seconds,
    -- A focus session that is worth counting: completed, or five minutes long at least.
    s.type <> 'break' and (s.status = 'completed' or l.seconds >= 300) as is_counted
from productivity.timer_session s
cross join lateral (
    select
        coalesce(
            s.actual_seconds,
            greatest(0, floor(extract(epoch from s.ended_at - s.started_at) - s.paused_seconds))
        )::bigint as seconds
) as l
where s.ended_at is not null;

comment on view productivity.ended_session is
    'A session that has ended (completed, cancelled or expired), and how long it was, in seconds.';

-- Whether people take breaks is told in one place, too: of whoever went on within two hours after a completed focus session.
-- The next session is found by the index (tenant_id, user_id, started_at), and so is a break before it. The pairs of user and
-- instant say nothing more but are in the order of that index alone: so a plan that was made for a single user is still good
-- for all.
create view productivity.resumed_work with (security_invoker = true) as
select
    s.tenant_id,
    s.user_id,
    s.ended_at,
    -- Three minutes away from the timer are a break, and so is one that was timed, however short.
    next.started_at >= s.ended_at + interval '180 seconds'
        or coalesce(pause.started_at <= s.ended_at + interval '10 minutes', false) as is_after_break
from productivity.timer_session s
cross join lateral (
    select n.started_at
    from productivity.timer_session n
    where n.tenant_id = s.tenant_id
    and n.user_id = s.user_id
    and (n.user_id, n.started_at) >= (s.user_id, s.ended_at)
    and n.started_at >= s.ended_at
    and n.type <> 'break'
    and n.id <> s.id
    order by n.started_at
    limit 1
) next
left join lateral (
    select p.started_at
    from productivity.timer_session p
    where p.tenant_id = s.tenant_id
    and p.user_id = s.user_id
    and (p.user_id, p.started_at) >= (s.user_id, s.ended_at)
    and p.started_at >= s.ended_at
    and p.started_at <= next.started_at
    and p.type = 'break'
    order by p.started_at
    limit 1
) pause on true
where s.type <> 'break'
and s.status = 'completed'
and next.started_at <= s.ended_at + interval '2 hours';

comment on view productivity.resumed_work is
    'A completed focus session after which its user soon worked on, and whether there was a break between.';

create table productivity.activity_event (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null,
    user_id uuid not null,
    name text not null check (char_length(name) <= 200),
    occurred_at timestamptz not null,
    props jsonb not null default '{}',
    foreign key (tenant_id, user_id) references productivity.app_user (tenant_id, id) on delete cascade
);

create index activity_event_name_idx on productivity.activity_event (tenant_id, name, occurred_at);
create index activity_event_occurred_idx on productivity.activity_event (tenant_id, occurred_at, id);
create index activity_event_user_idx on productivity.activity_event (tenant_id, user_id);

comment on table productivity.activity_event is 'What somebody did in the application, such as an export.';

create table productivity.http_minute_stat (
    tenant_id uuid not null references platform.tenant on delete cascade,
    minute_at timestamptz not null check (minute_at = date_trunc('minute', minute_at, 'UTC')),
    -- An index has to hold it.
    route text not null check (char_length(route) <= 200),
    requests integer not null default 0 check (requests >= 0),
    errors_4xx integer not null default 0 check (errors_4xx >= 0),
    errors_5xx integer not null default 0 check (errors_5xx >= 0),
    total_ms bigint not null default 0 check (total_ms >= 0),
    max_ms integer not null default 0 check (max_ms >= 0),
    -- How many requests took up to 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000 ms, and longer: each in one.
    buckets integer[] not null default '{0,0,0,0,0,0,0,0,0,0,0,0}' check (
        cardinality(buckets) = 12 and array_position(buckets, null) is null and 0 <= all (buckets)
    ),
    primary key (tenant_id, minute_at, route)
);

comment on table productivity.http_minute_stat is 'How the application answered in a minute, route by route.';

select platform.isolate_tenants(
    'productivity.goal', 'productivity.timer_session', 'productivity.activity_event',
    'productivity.http_minute_stat'
);

grant select on
    productivity.goal, productivity.timer_session, productivity.ended_session, productivity.resumed_work,
    productivity.activity_event, productivity.http_minute_stat
to nightshift_job;
