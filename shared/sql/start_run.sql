-- A new run, or the next attempt of the unfinished one with the same key. No row: another run was quicker.
insert into platform.job_run as run
    (id, job, trigger, event_key, as_of, dry_run, scope, started_at, heartbeat_at, request_id, reason)
values ($1, $2, $3, $4, $5, $6, $7, clock_timestamp(), clock_timestamp(), $8, $9)
on conflict (job, event_key) do update
set status = 'running',
    attempt = run.attempt + 1,
    heartbeat_at = clock_timestamp(),
    finished_at = null,
    error = null,
    request_id = excluded.request_id
where run.id = excluded.id
and run.status not in ('succeeded', 'partial')
returning attempt, as_of
