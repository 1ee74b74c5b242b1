-- Writes the metrics that are new or differ from the stored ones, one element of each array a metric. Stored rows by the primary
-- key (tenant_id, hour_at, scope); those that hold the numbers already are neither locked nor rewritten.
with metric as (
    select
        d.*,
        (
            stored.requests, stored.errors_4xx, stored.errors_5xx, stored.error_rate, stored.slow_share,
            stored.mean_ms, stored.p50_ms, stored.p95_ms, stored.p99_ms, stored.max_ms, stored.peak_per_minute,
            stored.details
        ) is not distinct from (
            d.requests, d.errors_4xx, d.errors_5xx, d.error_rate, d.slow_share, d.mean_ms, d.p50_ms, d.p95_ms,
            d.p99_ms, d.max_ms, d.peak_per_minute, d.details
        ) as is_same
    from rows from (
        unnest($3::timestamptz[]), unnest($4::text[]), unnest($5::integer[]), unnest($6::integer[]),
        unnest($7::integer[]), unnest($8::numeric[]), unnest($9::numeric[]), unnest($10::integer[]),
        unnest($11::integer[]), unnest($12::integer[]), unnest($13::integer[]), unnest($14::integer[]),
        unnest($15::integer[]), unnest($16::jsonb[]), generate_series(1, cardinality($3::timestamptz[]))
    ) as d (
        hour_at, scope, requests, errors_4xx, errors_5xx, error_rate, slow_share, mean_ms, p50_ms, p95_ms, p99_ms,
        max_ms, peak_per_minute, details, place
    )
    left join lateral (
        select m.*
        from productivity.performance_metric m
        where m.tenant_id = $1
        and m.hour_at = d.hour_at
        and m.scope = d.scope
        limit 1
    ) stored on true
),
written as (
    insert into productivity.performance_metric (
        tenant_id, hour_at, scope, requests, errors_4xx, errors_5xx, error_rate, slow_share, mean_ms, p50_ms,
        p95_ms, p99_ms, max_ms, peak_per_minute, details, computed_at
    )
    select
        $1, m.hour_at, m.scope, m.requests, m.errors_4xx, m.errors_5xx, m.error_rate, m.slow_share, m.mean_ms,
        m.p50_ms, m.p95_ms, m.p99_ms, m.max_ms, m.peak_per_minute, m.details, $2
    from metric m
    where not m.is_same
    on conflict (tenant_id, hour_at, scope) do update
    set
        requests = excluded.requests,
        errors_4xx = excluded.errors_4xx,
        errors_5xx = excluded.errors_5xx,
        error_rate = excluded.error_rate,
        slow_share = excluded.slow_share,
        mean_ms = excluded.mean_ms,
        p50_ms = excluded.p50_ms,
        p95_ms = excluded.p95_ms,
        p99_ms = excluded.p99_ms,
        max_ms = excluded.max_ms,
        peak_per_minute = excluded.peak_per_minute,
        details = excluded.details,
        computed_at = excluded.computed_at
)
select
    count(*) filter (where not m.is_same) as "written!",
    count(*) filter (where m.is_same) as "unchanged!"
from metric m
