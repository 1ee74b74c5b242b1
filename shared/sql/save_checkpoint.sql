-- How far the run has come with the tenant, and its sign of life.
with alive as (
    update platform.job_run
    set heartbeat_at = clock_timestamp(), total = $9, processed = $10, failed = $11
    where id = $1
)
insert into platform.job_checkpoint as checkpoint
    (run_id, tenant_id, cursor, finished, counters, total, processed, failed)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (run_id, tenant_id) do update
set cursor = excluded.cursor,
    finished = excluded.finished,
    counters = excluded.counters,
    total = excluded.total,
    processed = excluded.processed,
    failed = excluded.failed
