-- A training app's settings, its users, and what they told the coach.
--
-- Foreign keys between these tables hold tenant_id on both sides: a row cannot point into another app, whoever writes
-- it. `unique (tenant_id, id)` is their target and also the index that jobs page on; tables at which nothing points do
-- without. Instants that no calendar has are refused where they come in, because every rule makes local dates of them.

-- Tables of tenants are alike from here on.
create function platform.isolate_tenants(variadic relations regclass[]) returns void
language plpgsql
as $$
declare
    relation regclass;
begin
    foreach relation in array relations loop
        execute format('alter table %s enable row level security, force row level security', relation);
        execute format(
            'create policy tenant on %s
                using (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid)
                with check (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid)',
            relation
        );
    end loop;
end
$$;

comment on function platform.isolate_tenants is
    'Shows and takes rows of these tables only of the tenant in app.tenant_id, from their owner too. For migrations.';

revoke all on function platform.isolate_tenants from public;

create schema training;

comment on schema training is 'Training apps, their users and workouts, and what the training jobs found out.';

revoke all on schema training from public;
grant usage on schema training to nightshift_job;

create table training.setting (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null unique references platform.tenant on delete cascade,
    -- What holds for a user who has set nothing, or 0.
    default_target_days smallint not null default 3 check (default_target_days between 1 and 7),
    default_session_minutes smallint not null default 45 check (default_session_minutes between 1 and 300),
    -- The hours of a user's Monday in which his report is due: from the first up to the second.
    report_from_hour smallint not null default 3 check (report_from_hour between 0 and 22),
    report_until_hour smallint not null default 6 check (report_until_hour between 1 and 23),
    -- The hour of every day in which a report that was missed is made up for.
    catch_up_hour smallint not null default 6 check (catch_up_hour between 0 and 23),
    created_at timestamptz not null default now(),
    unique (tenant_id, id),
    constraint setting_report_hours_check check (report_until_hour > report_from_hour)
);

comment on table training.setting is 'A training app''s tunables. No row = the defaults.';

create table training.app_user (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null references platform.tenant on delete cascade,
    email text,
    display_name text not null default '',
    -- NULL, blank or unknown = the app's own. No known one has more than 32 characters; an index has to hold it.
    time_zone text check (char_length(time_zone) <= 200),
    entitlement text not null default 'free' check (entitlement in ('free', 'pro')),
    email_verified boolean not null default false,
    -- NULL = there never was a trial.
    pro_trial_ends_at timestamptz,
    -- From then on no job selects the user.
    disabled_at timestamptz,
    registered_at timestamptz not null default now()
        check (registered_at >= '1900-01-01 00:00Z' and registered_at < '2300-01-01 00:00Z'),
    created_at timestamptz not null default now(),
    unique (tenant_id, id)
);

-- Whoever may get a weekly report, zone by zone: with it the zones of a hundred thousand users are told by one step
-- for each zone, and the users of those whose Monday morning it is are read in the order of their ids. Who has none
-- stands under ''. (Case and not coalesce: under row level security the planner trusts only the one.)
create index app_user_report_idx
    on training.app_user (tenant_id, (case when time_zone is null then '' else time_zone end), id)
    where entitlement = 'pro' or pro_trial_ends_at is not null;

comment on table training.app_user is 'Somebody who trains.';

create table training.coach_profile (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null,
    user_id uuid not null,
    primary_goal text check (primary_goal in ('strength', 'muscle', 'weight_loss', 'general')),
    experience_level text,
    -- NULL or 0 = the app's default.
    target_days_per_week smallint check (target_days_per_week between 0 and 7),
    target_session_minutes smallint check (target_session_minutes between 0 and 300),
    created_at timestamptz not null default now(),
    constraint coach_profile_key unique (tenant_id, user_id),
    foreign key (tenant_id, user_id) references training.app_user (tenant_id, id) on delete cascade
);

comment on table training.coach_profile is 'What a user wants of the coach.';

create table training.llm_usage_daily (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null,
    user_id uuid not null,
    -- In UTC.
    usage_date date not null,
    input_tokens bigint not null default 0,
    output_tokens bigint not null default 0,
    total_tokens bigint not null default 0,
    coach_calls integer not null default 0,
    report_calls integer not null default 0,
    plan_calls integer not null default 0,
    summary_calls integer not null default 0,
    created_at timestamptz not null default now(),
    constraint llm_usage_daily_key unique (tenant_id, user_id, usage_date),
    foreign key (tenant_id, user_id) references training.app_user (tenant_id, id) on delete cascade
);

create index llm_usage_daily_date_idx on training.llm_usage_daily (tenant_id, usage_date);

comment on table training.llm_usage_daily is 'What a user asked of the language model on a day.';

select platform.isolate_tenants(
    'training.setting', 'training.app_user', 'training.coach_profile', 'training.llm_usage_daily'
);

grant select on training.setting, training.app_user, training.coach_profile, training.llm_usage_daily to nightshift_job;
