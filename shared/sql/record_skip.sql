-- A skipped run is kept for the operator. It has no key, so a later request with the key still runs.
insert into platform.job_run
    (id, job, trigger, as_of, dry_run, scope, status, started_at, finished_at, duration_ms, request_id, reason, error)
values ($1, $2, $3, $4, $5, $6, 'skipped', clock_timestamp(), clock_timestamp(), 0, $7, $8, $9)
