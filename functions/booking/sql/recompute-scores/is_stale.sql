-- Whether no run of resolve-outcomes that reached this shop ($3) has a clock between $1 and $2. By the index
-- (job, started_at): a job's runs are few.
select not exists (
    select
    from platform.job_run
    where job = 'resolve-outcomes'
    and not dry_run
    and status in ('succeeded', 'partial')
    and as_of >= $1
    and as_of <= $2
    and scope in ('', $3)
) as "is_stale!"
