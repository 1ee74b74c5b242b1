-- Ends timers where they are as they were read.
update productivity.timer_session s
set status = 'expired',
    actual_seconds = k.actual_seconds,
    ended_at = k.ended_at,
    completion_pct = k.completion_pct,
    updated_at = $2
from rows from (
    unnest($3::uuid[]), unnest($4::timestamptz[]), unnest($5::integer[]), unnest($6::integer[]),
    unnest($7::timestamptz[]), unnest($8::smallint[]), generate_series(1, cardinality($3::uuid[]))
) as k (id, paused_at, paused_seconds, actual_seconds, ended_at, completion_pct, n)
where s.tenant_id = $1
and s.id = any($3)
and s.id = k.id
and s.status in ('running', 'paused')
and case when s.status = 'paused' then s.paused_at end is not distinct from k.paused_at
and s.paused_seconds = k.paused_seconds
