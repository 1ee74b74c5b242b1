-- How far a run has come in each tenant. It moves in the transaction of the page that it follows, so a run that
-- stops anywhere resumes after exactly what was committed, with the counts of exactly that.

create table platform.job_checkpoint (
    id uuid primary key default gen_random_uuid(),
    run_id uuid not null references platform.job_run on delete cascade,
    tenant_id uuid not null references platform.tenant on delete cascade,
    -- The place of the last subject done. NULL = none yet.
    cursor jsonb,
    finished boolean not null default false,
    counters jsonb not null default '{}',
    total bigint not null default 0 check (total >= 0),
    processed bigint not null default 0 check (processed >= 0),
    failed bigint not null default 0 check (failed >= 0),
    created_at timestamptz not null default now(),
    constraint job_checkpoint_key unique (run_id, tenant_id),
    constraint job_checkpoint_sum_check check (processed + failed = total)
)
-- Updated at every page, and no index holds what changes: heap-only, given room in the block.
with (fillfactor = 50);

comment on table platform.job_checkpoint is 'How far a run has come in a tenant.';

alter table platform.job_checkpoint enable row level security;
alter table platform.job_checkpoint force row level security;
create policy tenant on platform.job_checkpoint
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

grant select, insert, update on platform.job_checkpoint to nightshift_job;
