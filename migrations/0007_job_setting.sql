-- A switch for each job that an operator can reach without a deployment. No row = the job is enabled.

create table platform.job_setting (
    id uuid primary key default gen_random_uuid(),
    job text not null unique,
    enabled boolean not null default true,
    note text,
    created_at timestamptz not null default now()
);

comment on table platform.job_setting is 'Jobs that an operator has paused: they answer skipped.';
comment on column platform.job_setting.note is 'Who paused the job, and why.';

-- The console pauses and resumes under the same role as the jobs.
grant select, insert, update on platform.job_setting to nightshift_job;
