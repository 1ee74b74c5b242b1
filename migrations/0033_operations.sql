-- What is asked every hour of all runs and of all alerts there have been, and needs an index for it.

-- Which runs ended in an hour. It is set when a run ends, never by a heartbeat.
create index job_run_finished_at_idx on platform.job_run (finished_at);

-- When an alert was last resolved: an older hour that is computed again does not open it once more.
create index alert_resolved_at_idx on platform.alert (job, rule, resolved_at desc) where resolved_at is not null;
