-- One row a run. It is what a repeated event is answered from, what the watchdog judges and what an operator
-- reads first.

create table platform.job_run (
    id uuid primary key default gen_random_uuid(),
    job text not null,
    trigger text not null check (trigger in ('schedule', 'invoke', 'queue', 'http', 'cli')),
    -- The idempotency key: the id of the event, or the key of the request. NULL = nobody can ask for it again.
    event_key text,
    as_of timestamptz not null,
    dry_run boolean not null default false,
    -- What the lock and the lease were taken for; '' = the whole job.
    scope text not null default '',
    status text not null default 'running'
        check (status in ('running', 'succeeded', 'partial', 'skipped', 'incomplete', 'failed')),
    attempt integer not null default 1 check (attempt >= 1),
    -- NULL = the run never held the lease, as when it was skipped.
    fence bigint,
    started_at timestamptz not null default now(),
    heartbeat_at timestamptz not null default now(),
    finished_at timestamptz,
    duration_ms bigint check (duration_ms >= 0),
    total bigint not null default 0 check (total >= 0),
    processed bigint not null default 0 check (processed >= 0),
    failed bigint not null default 0 check (failed >= 0),
    report jsonb,
    error text,
    request_id text,
    reason text,
    created_at timestamptz not null default now(),
    constraint job_run_event_key unique (job, event_key),
    constraint job_run_running_check check (status <> 'running' or finished_at is null)
)
-- The heartbeat rewrites the row at every page. Room in its block and no index on what a heartbeat touches keep
-- those updates heap-only.
with (fillfactor = 60);

-- The last runs of one job, newest first: the watchdog's medians and the dashboard.
create index job_run_job_started_at_idx on platform.job_run (job, started_at desc);

-- The few runs that are under way, for the search of those whose heartbeat has stopped. A heartbeat does not
-- change the status, so this index costs only at the beginning and the end of a run.
create index job_run_running_idx on platform.job_run (job) where status = 'running';

comment on table platform.job_run is 'One execution of a job.';
comment on column platform.job_run.as_of is 'The run''s clock: no rule reads any other.';
comment on column platform.job_run.attempt is 'How often this run was started: more than 1 = it was resumed.';
comment on column platform.job_run.reason is 'Who ran it by hand, and why.';

-- Every subject's error. The report holds the first hundred.
create table platform.job_run_error (
    id uuid primary key default gen_random_uuid(),
    run_id uuid not null references platform.job_run on delete cascade,
    -- The slug and not the id: this is what operators read, across tenants. NULL = the run as a whole.
    tenant_slug text collate "C",
    subject text not null,
    message text not null,
    occurred_at timestamptz not null default now(),
    created_at timestamptz not null default now()
);

create index job_run_error_run_id_idx on platform.job_run_error (run_id, occurred_at);

comment on table platform.job_run_error is 'Why a subject was not processed in a run. It names no person.';

grant select, insert, update on platform.job_run to nightshift_job;
-- A run that failed is tried again under the same row, from the beginning: the platform first clears what the
-- failed attempt recorded, so that no subject is reported twice. Hence the delete.
grant select, insert, delete on platform.job_run_error to nightshift_job;
