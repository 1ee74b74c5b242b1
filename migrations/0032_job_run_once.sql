-- Some jobs have work that is due once a run and is no tenant's. A checkpoint is a tenant's, so that this work is done, and
-- what it counted, stands with the run itself.

-- NULL = not done yet.
alter table platform.job_run add column once_counters jsonb;

comment on column platform.job_run.once_counters is
    'What the work that is due once a run counted. A resumed run neither forgets it nor does it twice.';
