-- Coaches, whom they look after, and what they are asked to do each day.

create table coaching.coach (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null references platform.tenant on delete cascade,
    first_name text not null default '',
    last_name text not null default '',
    email text,
    role text not null default 'coach' check (role in ('coach', 'owner')),
    active boolean not null default true,
    created_at timestamptz not null default now(),
    unique (tenant_id, id)
);

comment on table coaching.coach is 'Someone who works at a gym. Only active ones of role coach get actions.';

create table coaching.member_coach (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null,
    member_id uuid not null,
    coach_id uuid not null,
    assigned_at timestamptz not null default now(),
    assigned_by uuid,
    notes text,
    created_at timestamptz not null default now(),
    unique (tenant_id, id),
    -- A member has one coach.
    unique (tenant_id, member_id),
    foreign key (tenant_id, member_id) references coaching.member (tenant_id, id) on delete cascade,
    foreign key (tenant_id, coach_id) references coaching.coach (tenant_id, id) on delete cascade
);

-- A coach's members; also what the foreign key needs when a coach goes.
create index member_coach_coach_idx on coaching.member_coach (tenant_id, coach_id, member_id);

comment on table coaching.member_coach is 'Which coach looks after a member.';

create table coaching.coach_action (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null,
    coach_id uuid not null,
    member_id uuid not null,
    action_type text not null check (action_type in (
        'contact_member', 'send_campaign', 'check_in', 'investigate_issue', 'follow_up'
    )),
    title text not null,
    description text,
    priority text not null default 'medium' check (priority in ('high', 'medium', 'low')),
    due_date date not null,
    source text not null default 'system' check (source in ('system', 'manual')),
    -- The member's at the action's creation.
    risk_score smallint,
    -- NULL = the member had never visited.
    days_absent integer,
    -- These three are the product's: no job sets them.
    completed_at timestamptz,
    completed_by uuid,
    notes text,
    expired_at timestamptz,
    updated_at timestamptz not null default now(),
    created_at timestamptz not null default now(),
    unique (tenant_id, id),
    foreign key (tenant_id, coach_id) references coaching.coach (tenant_id, id) on delete cascade,
    foreign key (tenant_id, member_id) references coaching.member (tenant_id, id) on delete cascade
);

-- A run that comes twice, or a member whose risk changed in between, gets no second action for the day.
create unique index coach_action_system_key on coaching.coach_action (tenant_id, coach_id, member_id, due_date)
    where source = 'system';

-- Earlier actions of the same kind for the pair: the cooldown, and what is still in the inbox.
create index coach_action_member_idx on coaching.coach_action (tenant_id, member_id, coach_id, action_type);

-- A gym's open actions by day: the inbox, and those that expire.
create index coach_action_open_idx on coaching.coach_action (tenant_id, due_date)
    where completed_at is null and expired_at is null;

comment on table coaching.coach_action is 'What a coach is asked to do about a member on a day.';

alter table coaching.coach enable row level security;
alter table coaching.coach force row level security;
create policy tenant on coaching.coach
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table coaching.member_coach enable row level security;
alter table coaching.member_coach force row level security;
create policy tenant on coaching.member_coach
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table coaching.coach_action enable row level security;
alter table coaching.coach_action force row level security;
create policy tenant on coaching.coach_action
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

grant select on coaching.coach, coaching.member_coach to nightshift_job;

-- An action expires by the job; whether it is done is for the coach to say.
grant select, insert, update (expired_at, updated_at) on coaching.coach_action to nightshift_job;
