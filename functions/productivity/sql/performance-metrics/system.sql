-- Writes how the jobs did in two hours and how the database does now, and gives what the alerts are judged on. $1 and $2: when
-- the hours begin; $3: the end of the later one; $4: the run's clock.
--
-- Runs by the index on finished_at. What the role may not see of other sessions or of the database's size is NULL. The sample
-- of the database is written anew each time; else rows that hold the numbers already are neither locked nor rewritten.
with run as (
    select
        case when r.finished_at < $2 then $1 else $2 end as hour_at,
        r.job,
        r.status,
        r.duration_ms,
        case when r.trigger = 'schedule' then floor(extract(epoch from r.started_at - r.as_of)) end as lateness
    from platform.job_run r
    where r.finished_at >= $1
    and r.finished_at < $3
),
jobs as (
    select
        h.hour_at,
        case grouping(run.job) when 1 then 'jobs' else 'job:' || run.job end as scope,
        jsonb_build_object(
            'runs', count(run.job),
            'failed', count(*) filter (where run.status in ('failed', 'incomplete')),
            'p95DurationMs', percentile_disc(0.95) within group (order by run.duration_ms),
            'p95LatenessSeconds', percentile_disc(0.95) within group (order by run.lateness)
        ) as numbers
    from (values ($1), ($2)) as h (hour_at)
    left join run on run.hour_at = h.hour_at
    group by grouping sets ((h.hour_at), (h.hour_at, run.job))
    having grouping(run.job) = 1
    or run.job is not null
),
database as (
    select
        $2 as hour_at,
        'database' as scope,
        jsonb_build_object(
            'connections', (select sum(s.numbackends) from pg_stat_database s),
            'maxConnections', current_setting('max_connections')::integer,
            'longestTransactionSeconds',
            case
                when pg_has_role('pg_read_all_stats', 'usage') then (
                    select floor(extract(epoch from max(clock_timestamp() - a.xact_start)))
                    from pg_stat_activity a
                    where a.datname = current_database()
                )
            end,
            'cacheHitRatio', round(own.blks_hit::numeric / nullif(own.blks_hit + own.blks_read, 0), 4),
            'deadTuples', (
                select sum(t.n_dead_tup)
                from pg_stat_user_tables t
                where t.schemaname in ('productivity', 'platform')
            ),
            'databaseBytes',
            case
                when has_database_privilege(current_database(), 'connect') or pg_has_role('pg_read_all_stats', 'usage')
                    then pg_database_size(current_database())
            end,
            'deadlocks', own.deadlocks
        ) as numbers
    from pg_stat_database own
    where own.datname = current_database()
),
metric as materialized (
    select
        m.*,
        m.scope <> 'database' and stored.values is not distinct from m.numbers as is_same
    from (
        select * from jobs
        union all
        select * from database
    ) m
    left join lateral (
        select s.values
        from productivity.system_metric s
        where s.hour_at = m.hour_at
        and s.scope = m.scope
        limit 1
    ) stored on true
),
written as (
    insert into productivity.system_metric (hour_at, scope, values, computed_at)
    select m.hour_at, m.scope, m.numbers, $4
    from metric m
    where not m.is_same
    on conflict (hour_at, scope) do update
    set values = excluded.values, computed_at = excluded.computed_at
)
select
    count(*) filter (where m.hour_at = $2) as "scopes!",
    count(*) filter (where not m.is_same) as "written!",
    count(*) filter (where m.is_same) as "unchanged!",
    max((m.numbers ->> 'connections')::bigint) as connections,
    max((m.numbers ->> 'maxConnections')::bigint) as max_connections,
    max((m.numbers ->> 'p95LatenessSeconds')::bigint) filter (where m.scope = 'jobs' and m.hour_at = $2) as lateness
from metric m
