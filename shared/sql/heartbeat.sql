-- A dry run's sign of life; its pages are rolled back.
update platform.job_run
set heartbeat_at = clock_timestamp(), total = $2, processed = $3, failed = $4
where id = $1
