-- The lease carries the fence: a number that a run must still own for its writes to be accepted. An advisory
-- lock can be lost while its owner lives (a cut connection, a frozen sandbox, a pooler); the next owner then
-- raises the fence, and the overtaken run finds that out inside its next transaction.

create table platform.job_lease (
    id uuid primary key default gen_random_uuid(),
    job text not null,
    -- '' = the whole job; else the tenant or shard that the run was asked for.
    scope text not null default '',
    fence bigint not null check (fence >= 1),
    -- A lease outlives its run, because a fence must never fall.
    run_id uuid references platform.job_run on delete set null,
    taken_at timestamptz not null default now(),
    created_at timestamptz not null default now(),
    constraint job_lease_key unique (job, scope)
)
-- A few rows, each updated by every run of its job and locked by each of its pages.
with (fillfactor = 20);

comment on table platform.job_lease is 'Which run may write for a job and scope: the one whose fence is the highest.';

grant select, insert, update on platform.job_lease to nightshift_job;
