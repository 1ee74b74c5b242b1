-- Whether one of the jobs $1 has no run that reached this distributor ($4) with a clock after $2 and not after $3.
-- By the index (job, started_at): a job's runs are few.
select exists (
    select
    from unnest($1::text[]) as needed (job)
    where not exists (
        select
        from platform.job_run r
        where r.job = needed.job
        and not r.dry_run
        and r.status in ('succeeded', 'partial')
        and r.as_of > $2
        and r.as_of <= $3
        and r.scope in ('', $4)
    )
) as "is_stale!"
