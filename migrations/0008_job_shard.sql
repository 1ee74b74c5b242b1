-- A run that is too long for one invocation is planned as shards: a tenant, or a range of a large tenant's
-- primary keys. A worker takes one shard as a run of its own, with its own lease and checkpoint; the planned run
-- is closed by whoever finishes the last shard.

create table platform.job_shard (
    id uuid primary key default gen_random_uuid(),
    run_id uuid not null references platform.job_run on delete cascade,
    number integer not null check (number >= 1),
    -- The slug and not the id, as in job_run_error: whoever closes the run counts the shards of all tenants,
    -- which a table under a tenant's policy would hide.
    tenant_slug text collate "C" not null references platform.tenant (slug) on update cascade on delete cascade,
    -- Exclusive. NULL = from the first subject; this shard also does what is due once a tenant.
    after_id uuid,
    -- Inclusive. NULL = to the last subject.
    until_id uuid,
    status text not null default 'planned' check (status in ('planned', 'running', 'finished', 'failed')),
    worker_run_id uuid references platform.job_run on delete set null,
    total bigint not null default 0 check (total >= 0),
    processed bigint not null default 0 check (processed >= 0),
    failed bigint not null default 0 check (failed >= 0),
    counters jsonb not null default '{}',
    finished_at timestamptz,
    created_at timestamptz not null default now(),
    constraint job_shard_number_key unique (run_id, number),
    -- An event that comes twice plans once.
    constraint job_shard_range_key unique nulls not distinct (run_id, tenant_slug, after_id)
)
with (fillfactor = 70);

comment on table platform.job_shard is 'A part of a run that one worker does: a tenant, or a range of its subjects.';

grant select, insert, update on platform.job_shard to nightshift_job;
