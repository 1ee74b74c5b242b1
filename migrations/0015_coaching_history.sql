-- What a member's results were and when they changed. The member's row holds the newest result only.

create table coaching.member_score_history (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null,
    member_id uuid not null,
    kind text not null check (kind in ('commitment', 'risk')),
    scored_on date not null,
    -- NULL is a value: from this day on nothing could be said.
    score smallint check (score between 0 and 100),
    -- commitment: the band; risk: the level.
    level text,
    calculated_at timestamptz not null,
    created_at timestamptz not null default now(),
    unique (tenant_id, id),
    unique (tenant_id, member_id, kind, scored_on),
    foreign key (tenant_id, member_id) references coaching.member (tenant_id, id) on delete cascade
);

comment on table coaching.member_score_history is
    'A score of a member from a day on, until the next row of its kind. Written on change only.';

create table coaching.member_risk_event (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null,
    member_id uuid not null,
    occurred_at timestamptz not null,
    -- NULL = the member had no level yet.
    from_level text check (from_level in ('none', 'low', 'medium', 'high')),
    to_level text not null check (to_level in ('none', 'low', 'medium', 'high')),
    score smallint not null check (score between 0 and 100),
    created_at timestamptz not null default now(),
    unique (tenant_id, id),
    unique (tenant_id, member_id, occurred_at),
    foreign key (tenant_id, member_id) references coaching.member (tenant_id, id) on delete cascade
);

-- A gym's changes of a night, across its members.
create index member_risk_event_occurred_at_idx on coaching.member_risk_event (tenant_id, occurred_at);

comment on table coaching.member_risk_event is 'A member came to another level of churn risk.';

alter table coaching.member_score_history enable row level security;
alter table coaching.member_score_history force row level security;
create policy tenant on coaching.member_score_history
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table coaching.member_risk_event enable row level security;
alter table coaching.member_risk_event force row level security;
create policy tenant on coaching.member_risk_event
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- A second run of a day replaces that day's history row; an event that stands is left as it is.
grant select, insert, update on coaching.member_score_history to nightshift_job;
grant select, insert on coaching.member_risk_event to nightshift_job;
