-- What the rules must know of each job, one row a job in the order of $1. $2: the last occurrence of each whose grace is over;
-- $3: the look's clock; $4: how many finished runs are judged; $5: this job.
--
-- Each look-up is one job's, by an index that begins with it, and takes as many rows as it needs however many there are:
-- finished runs by job_run_judged_idx, the rest by (job, started_at desc). The order of runs is that of their start.
select
    coalesce(setting.enabled, true) as "enabled!",
    watching.since as "watching_since?",
    coalesce(come.is_there, false) as "came!",
    coalesce(finished.status, '{}') as "status!",
    coalesce(finished.duration_ms, '{}') as "duration_ms!: Vec<Option<i64>>",
    coalesce(finished.total, '{}') as "total!",
    coalesce(finished.failed, '{}') as "failed!",
    alert.stuck as "stuck_since?",
    alert.missing as "missing_since?",
    coalesce(well.is_there, false) as "ended_well!"
from unnest($1::text[], $2::timestamptz[]) with ordinality as watched (job, occurrence, nth)
left join platform.job_setting setting on setting.job = watched.job
-- Nothing that was due before the first look is owed.
left join lateral (
    select r.started_at as since
    from platform.job_run r
    where r.job = $5
    order by r.started_at
    limit 1
) watching on true
-- Whatever became of it. By the run's clock it may be of the occurrence while by the database's it began just before.
left join lateral (
    select true as is_there
    from platform.job_run r
    where r.job = watched.job
    and r.started_at >= watched.occurrence - interval '5 minutes'
    and r.started_at <= $3
    and (r.started_at >= watched.occurrence or r.as_of >= watched.occurrence)
    and r.scope = ''
    and not r.dry_run
    order by r.started_at desc
    limit 1
) come on true
left join lateral (
    select
        array_agg(newest.status) as status,
        array_agg(newest.duration_ms) as duration_ms,
        array_agg(newest.total) as total,
        array_agg(newest.failed) as failed
    from (
        select r.status, r.duration_ms, r.total, r.failed
        from platform.job_run r
        where r.job = watched.job
        and r.started_at <= $3
        and r.status in ('succeeded', 'partial', 'failed', 'incomplete')
        and not r.dry_run
        and r.scope = ''
        order by r.started_at desc
        limit $4
    ) newest
) finished on true
left join lateral (
    select
        min(a.opened_at) filter (where a.rule = 'stuck') as stuck,
        min(a.opened_at) filter (where a.rule = 'missing') as missing
    from platform.alert a
    where a.job = watched.job
    and a.rule in ('stuck', 'missing')
    and a.resolved_at is null
) alert on true
-- A run that was resumed has its first attempt's start.
left join lateral (
    select true as is_there
    from platform.job_run r
    where r.job = watched.job
    and r.started_at >= alert.stuck - interval '1 day'
    and r.started_at <= $3
    and r.finished_at >= alert.stuck
    and r.status in ('succeeded', 'partial')
    and not r.dry_run
    order by r.started_at desc
    limit 1
) well on true
order by watched.nth
