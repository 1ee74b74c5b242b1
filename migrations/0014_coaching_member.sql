-- A gym's members, what is known of their visits, and the gym's tunables.
--
-- Foreign keys between these tables hold tenant_id on both sides: a row cannot point into another gym, whoever
-- writes it. `unique (tenant_id, id)` is their target and also the index that jobs page on.

create table coaching.setting (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null unique references platform.tenant on delete cascade,
    expected_visits_per_week smallint not null default 2 check (expected_visits_per_week between 1 and 14),
    -- The local hour from which a coach's list is for the next day; 24 = never.
    day_rollover_hour smallint not null default 18 check (day_rollover_hour between 12 and 24),
    campaign_quiet_days smallint not null default 7 check (campaign_quiet_days between 0 and 90),
    cooldown_days smallint not null default 3 check (cooldown_days between 0 and 30),
    campaign_cooldown_days smallint not null default 7 check (campaign_cooldown_days between 0 and 90),
    carry_over_days smallint not null default 7 check (carry_over_days between 1 and 60),
    created_at timestamptz not null default now(),
    unique (tenant_id, id)
);

comment on table coaching.setting is 'A gym''s tunables. No row = the defaults.';

create table coaching.member (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null references platform.tenant on delete cascade,
    first_name text not null default '',
    last_name text not null default '',
    email text,
    status text not null default 'active' check (status in ('active', 'inactive', 'cancelled')),
    -- Imports bring dates such as 0001-01-01 and 9999-12-31; they are refused where they come in, because every
    -- rule counts days from here.
    joined_date date not null check (joined_date >= '1900-01-01' and joined_date < '2200-01-01'),
    -- Set by imports, and may have no activity beside it.
    last_visit_date date check (last_visit_date >= '1900-01-01' and last_visit_date < '2200-01-01'),
    weekly_target smallint check (weekly_target between 1 and 14),
    last_campaign_at timestamptz,
    -- Results of commitment-scores. NULL = not scored yet, or nothing can be said yet: never a 0 made up.
    commitment_score smallint check (commitment_score between 0 and 100),
    score_factors jsonb,
    member_stage text check (member_stage in (
        'onboarding_vulnerability', 'habit_formation', 'momentum_identity', 'plateau_boredom_risk',
        'emotional_disengagement', 'at_risk_silent_quit', 'win_back_window'
    )),
    habit_decay_index smallint check (habit_decay_index between 0 and 100),
    disengagement_flags text[] not null default '{}',
    behaviour_interpretation text,
    commitment_score_calculated_at timestamptz,
    -- Results of at-risk-detection.
    churn_risk_score smallint check (churn_risk_score between 0 and 100),
    churn_risk_level text check (churn_risk_level in ('none', 'low', 'medium', 'high')),
    risk_factors jsonb,
    last_risk_calculated_at timestamptz,
    created_at timestamptz not null default now(),
    unique (tenant_id, id),
    constraint member_churn_risk_check check ((churn_risk_level is null) = (churn_risk_score is null))
)
-- Two jobs rewrite every member every night. With room in the block and no index on any result column these
-- updates are heap-only: they touch no index and leave nothing for vacuum to chase.
with (fillfactor = 80);

comment on table coaching.member is 'A member of a gym, with the newest results of the coaching jobs.';

create table coaching.member_activity (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null,
    member_id uuid not null,
    activity_date date not null check (activity_date >= '1900-01-01' and activity_date < '2200-01-01'),
    activity_type text not null check (activity_type in ('visit', 'check_in', 'reply', 'booking')),
    created_at timestamptz not null default now(),
    unique (tenant_id, id),
    foreign key (tenant_id, member_id) references coaching.member (tenant_id, id) on delete cascade
);

-- The days on which a member came, by member: the recent ones as a range, the newest older one as a step back.
-- Replies and bookings are no visits and stay out of it.
create index member_activity_visit_idx on coaching.member_activity (tenant_id, member_id, activity_date)
    where activity_type in ('visit', 'check_in');

comment on table coaching.member_activity is
    'Something that a member did on a day. Not unique: turnstile and app may both tell of one visit.';

alter table coaching.setting enable row level security;
alter table coaching.setting force row level security;
create policy tenant on coaching.setting
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table coaching.member enable row level security;
alter table coaching.member force row level security;
create policy tenant on coaching.member
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table coaching.member_activity enable row level security;
alter table coaching.member_activity force row level security;
create policy tenant on coaching.member_activity
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

grant select on coaching.setting, coaching.member, coaching.member_activity to nightshift_job;

-- The result columns and nothing else: no job can change who a member is.
grant update (
    commitment_score, score_factors, member_stage, habit_decay_index, disengagement_flags,
    behaviour_interpretation, commitment_score_calculated_at,
    churn_risk_score, churn_risk_level, risk_factors, last_risk_calculated_at
) on coaching.member to nightshift_job;
