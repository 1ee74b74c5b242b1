-- The work that is due once a run is done, and the run's sign of life.
update platform.job_run
set once_counters = $2, heartbeat_at = clock_timestamp()
where id = $1
