-- Companies whose people set goals and run focus timers: their people, what each wants to be told, what the company chose,
-- and on which days somebody was active.
--
-- Foreign keys between these tables hold tenant_id on both sides: a row cannot point into another company, whoever writes
-- it. `unique (tenant_id, id)` is their target and also the index that jobs page on. Instants and dates that no calendar
-- has are refused where they come in, because every rule makes local dates of them.

create schema productivity;

comment on schema productivity is 'Companies, their people, goals and timers, and what the productivity jobs found out.';

revoke all on schema productivity from public;
grant usage on schema productivity to nightshift_job;

create table productivity.app_user (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null references platform.tenant on delete cascade,
    email text,
    first_name text,
    last_name text,
    display_name text,
    -- NULL, empty or unknown = the company's own. No known one has more than 32 characters.
    time_zone text check (char_length(time_zone) <= 200),
    role text not null default 'user' check (role in ('user', 'admin')),
    status text not null default 'active' check (status in ('active', 'suspended', 'deleted')),
    is_internal boolean not null default false,
    -- Nothing of the user is archived or erased by age.
    legal_hold boolean not null default false,
    email_verified_at timestamptz,
    unsubscribe_token uuid not null default gen_random_uuid() unique,
    last_login_at timestamptz
        check (last_login_at >= '1900-01-01 00:00Z' and last_login_at < '2300-01-01 00:00Z'),
    -- Moved by the application at each login, start or end of a session, and change of a goal.
    last_active_at timestamptz
        check (last_active_at >= '1900-01-01 00:00Z' and last_active_at < '2300-01-01 00:00Z'),
    last_activity_at timestamptz not null
        generated always as (greatest(created_at, last_login_at, last_active_at)) stored,
    deleted_at timestamptz,
    created_at timestamptz not null default now()
        check (created_at >= '1900-01-01 00:00Z' and created_at < '2300-01-01 00:00Z'),
    updated_at timestamptz not null default now(),
    unique (tenant_id, id)
);

-- The zones of all users are told by one step for each. (Case and not coalesce: under row level security the planner
-- trusts only the one.)
create index app_user_zone_idx
    on productivity.app_user (tenant_id, (case when time_zone is null then '' else time_zone end));
create index app_user_status_idx on productivity.app_user (tenant_id, status, id);
-- Whom nobody has seen for how long.
create index app_user_activity_idx on productivity.app_user (tenant_id, last_activity_at, id) where status = 'active';
create index app_user_created_idx on productivity.app_user (tenant_id, created_at);
-- Who is to be erased.
create index app_user_deleted_idx on productivity.app_user (tenant_id, deleted_at, id) where deleted_at is not null;
-- Whose sessions are left alone: a handful.
create index app_user_held_idx on productivity.app_user (tenant_id, id) where legal_hold;

comment on table productivity.app_user is 'Somebody who works at a company.';

create table productivity.notification_pref (
    tenant_id uuid not null,
    user_id uuid not null,
    email_enabled boolean not null default true,
    push_enabled boolean not null default true,
    in_app_enabled boolean not null default true,
    goal_reminders boolean not null default true,
    daily_checkin boolean not null default true,
    weekly_report boolean not null default true,
    monthly_report boolean not null default true,
    reengagement boolean not null default true,
    break_reminders boolean not null default true,
    -- ISO: 1 = Monday, 7 = Sunday.
    work_days smallint[] not null default '{1,2,3,4,5}' check (
        work_days <@ array[1, 2, 3, 4, 5, 6, 7]::smallint[]
        and cardinality(work_days) <= 7
        and array_position(work_days, null) is null
    ),
    work_start time not null default '09:00',
    work_end time not null default '18:00',
    -- Over midnight where the first is the later one; equal = never quiet.
    quiet_start time not null default '22:00',
    quiet_end time not null default '08:00',
    break_after_min smallint not null default 50 check (break_after_min between 15 and 180),
    break_repeat_min smallint not null default 25 check (break_repeat_min between 10 and 120),
    break_outside_work boolean not null default false,
    snooze_until timestamptz,
    primary key (tenant_id, user_id),
    foreign key (tenant_id, user_id) references productivity.app_user (tenant_id, id) on delete cascade
);

comment on table productivity.notification_pref is 'What somebody wants to be told, and when. No row = the defaults.';

create table productivity.setting (
    tenant_id uuid primary key references platform.tenant on delete cascade,
    -- Whether goals that are due within a week are worth an e-mail, and overdue ones a notice.
    goal_week_mail boolean not null default false,
    goal_overdue_notice boolean not null default true,
    daily_mail_workdays_only boolean not null default true,
    nudge_mails_per_week smallint not null default 2 check (nudge_mails_per_week between 0 and 7),
    -- Days without activity.
    at_risk_days integer not null default 14 check (at_risk_days between 1 and 365),
    churned_days integer not null default 30 check (churned_days <= 730),
    -- Of a month.
    power_sessions integer not null default 20 check (power_sessions >= 1),
    power_active_days integer not null default 8 check (power_active_days between 1 and 31),
    -- Beyond these the application is not well: a share of requests, milliseconds, and of how many requests at least.
    max_error_rate numeric not null default 0.03 check (max_error_rate between 0 and 1),
    max_p95_ms integer not null default 1000 check (max_p95_ms >= 1),
    max_mean_ms integer not null default 250 check (max_mean_ms >= 1),
    alert_min_requests integer not null default 100 check (alert_min_requests >= 1),
    constraint setting_days_check check (churned_days > at_risk_days)
);

comment on table productivity.setting is 'A company''s tunables. No row = the defaults.';

create table productivity.user_activity_day (
    tenant_id uuid not null,
    user_id uuid not null,
    -- In UTC.
    day date not null check (day between '1899-12-31' and '2300-01-01'),
    logins integer not null default 0 check (logins >= 0),
    sessions integer not null default 0 check (sessions >= 0),
    goal_events integer not null default 0 check (goal_events >= 0),
    first_at timestamptz not null,
    last_at timestamptz not null,
    primary key (tenant_id, user_id, day),
    foreign key (tenant_id, user_id) references productivity.app_user (tenant_id, id) on delete cascade
);

create index user_activity_day_day_idx on productivity.user_activity_day (tenant_id, day, user_id);

comment on table productivity.user_activity_day is
    'A day on which somebody was active, were it by a login alone: a last login cannot tell who was active before it.';

select platform.isolate_tenants(
    'productivity.app_user', 'productivity.notification_pref', 'productivity.setting',
    'productivity.user_activity_day'
);

grant select on
    productivity.app_user, productivity.notification_pref, productivity.setting, productivity.user_activity_day
to nightshift_job;

-- Whom reminders go to, with what each has chosen, the defaults of notification_pref where he has chosen nothing.
create view productivity.recipient with (security_invoker = true) as
select
    u.tenant_id,
    u.id,
    u.first_name,
    u.display_name,
    case when u.time_zone is null then '' else u.time_zone end as time_zone,
    u.created_at,
    u.last_activity_at,
    -- NULL where no e-mail may go.
    case
        when u.email_verified_at is not null and coalesce(p.email_enabled, true) and u.email <> '' then u.email
    end as address,
    exists (
        select
        from platform.suppression s
        where s.tenant_id = u.tenant_id
        and s.address = lower(trim(u.email))
    ) as is_suppressed,
    u.unsubscribe_token,
    coalesce(p.in_app_enabled, true) as in_app_enabled,
    coalesce(p.push_enabled, true) as push_enabled,
    coalesce(p.goal_reminders, true) as goal_reminders,
    coalesce(p.daily_checkin, true) as daily_checkin,
    coalesce(p.weekly_report, true) as weekly_report,
    coalesce(p.monthly_report, true) as monthly_report,
    coalesce(p.reengagement, true) as reengagement,
    coalesce(p.break_reminders, true) as break_reminders,
    coalesce(p.work_days, '{1,2,3,4,5}') as work_days,
    coalesce(p.work_start, '09:00') as work_start,
    coalesce(p.work_end, '18:00') as work_end,
    coalesce(p.quiet_start, '22:00') as quiet_start,
    coalesce(p.quiet_end, '08:00') as quiet_end,
    coalesce(p.break_after_min, 50::smallint) as break_after_min,
    coalesce(p.break_repeat_min, 25::smallint) as break_repeat_min,
    coalesce(p.break_outside_work, false) as break_outside_work,
    p.snooze_until
from productivity.app_user u
-- One look-up for each, by the primary key, whatever the planner thinks of the table.
left join lateral (
    select *
    from productivity.notification_pref p
    where p.tenant_id = u.tenant_id
    and p.user_id >= u.id
    and p.user_id <= u.id
    order by p.user_id
    limit 1
) p on true
where u.status = 'active'
and u.deleted_at is null;

comment on view productivity.recipient is 'Somebody whom reminders go to, and what he wants of them.';

-- Whom the company's numbers count: suspended people too, its own staff not.
create view productivity.analysed_user with (security_invoker = true) as
select
    u.tenant_id,
    u.id,
    case when u.time_zone is null then '' else u.time_zone end as time_zone,
    u.created_at,
    u.deleted_at
from productivity.app_user u
where not u.is_internal
and u.role <> 'admin'
and u.status <> 'deleted';

comment on view productivity.analysed_user is 'Somebody whom a company''s numbers count.';

grant select on productivity.recipient, productivity.analysed_user to nightshift_job;

-- Zones are resolved in Rust; a query that tells local times by one must not fail because this server's own database of
-- time zones is older.
create function platform.has_time_zone(name text) returns boolean
language plpgsql
stable strict
as $$
begin
    perform now() at time zone name;
    return true;
exception
    when invalid_parameter_value then
        return false;
end
$$;

comment on function platform.has_time_zone is 'Whether this server can tell local times of a time zone.';
