-- Makes those given the anomalies of the periods $4 of kind $3, one element of each array from $5 on an anomaly: writes those
-- that are new or differ, by the primary key, and deletes the others, by the index (tenant_id, period_start). What stays as
-- it is is neither locked nor rewritten; what people made of one, and when it was found, is left.
with found as materialized (
    select *
    from rows from (
        unnest($5::text[]), unnest($6::timestamptz[]), unnest($7::numeric[]), unnest($8::numeric[]),
        unnest($9::numeric[]), unnest($10::text[]), unnest($11::text[]), generate_series(1, cardinality($5::text[]))
    ) as f (metric, period_start, value, expected, score, severity, message, place)
),
written as (
    insert into productivity.anomaly (
        tenant_id, metric, period, period_start, value, expected, score, severity, message, detected_at
    )
    select
        $1, f.metric, $3, f.period_start, f.value, f.expected, f.score, f.severity, f.message, $2
    from found f
    left join lateral (
        select *
        from productivity.anomaly a
        where a.tenant_id = $1
        and a.metric = f.metric
        and a.period = $3
        and a.period_start = f.period_start
        limit 1
    ) stored on true
    where (stored.value, stored.expected, stored.score, stored.severity, stored.message)
        is distinct from (f.value, f.expected, f.score, f.severity, f.message)
    on conflict (tenant_id, metric, period, period_start) do update
    set
        value = excluded.value,
        expected = excluded.expected,
        score = excluded.score,
        severity = excluded.severity,
        message = excluded.message
)
delete from productivity.anomaly a
where a.tenant_id = $1
and a.period = $3
and a.period_start = any($4)
and (a.metric, a.period_start) not in (
    select f.metric, f.period_start
    from found f
)
