-- Closes the run, unless it was overtaken.
update platform.job_run
set status = $3,
    finished_at = clock_timestamp(),
    heartbeat_at = clock_timestamp(),
    duration_ms = $4,
    total = $5,
    processed = $6,
    failed = $7,
    report = $8,
    error = $9
where id = $1
and fence = $2
