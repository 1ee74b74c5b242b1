-- Writes a company's week ($2), unless the stored row says the same: that is neither locked nor rewritten, and keeps the
-- time of its last change. By the key (tenant_id, week_start).
insert into productivity.weekly_metric (
    tenant_id, week_start, computed_at,
    wau, new_users, retained_users, resurrected_users, dormant_users, new_active_users, sessions_completed,
    sessions_cancelled, sessions_expired, focus_users, goals_created, goals_completed, goals_overdue, focus_seconds,
    completion_rate, quick_ratio, p50_session_seconds, by_type, active_days_histogram, peak_hour, peak_dow, d1_size,
    d1_retained, d7_size, d7_retained, d30_size, d30_retained, d1_rate, d7_rate, d30_rate
)
select $1::uuid, $2::date, $3::timestamptz, m.*
from (
    select
        $4::integer, $5::integer, $6::integer, $7::integer, $8::integer, $9::integer, $10::integer, $11::integer,
        $12::integer, $13::integer, $14::integer, $15::integer, $16::integer, $17::bigint, $18::numeric, $19::numeric,
        $20::integer, $21::jsonb, $22::integer[], $23::smallint, $24::smallint, $25::integer, $26::integer,
        $27::integer, $28::integer, $29::integer, $30::integer, $31::numeric, $32::numeric, $33::numeric
    except
    select
        wau, new_users, retained_users, resurrected_users, dormant_users, new_active_users, sessions_completed,
        sessions_cancelled, sessions_expired, focus_users, goals_created, goals_completed, goals_overdue,
        focus_seconds, completion_rate, quick_ratio, p50_session_seconds, by_type, active_days_histogram, peak_hour,
        peak_dow, d1_size, d1_retained, d7_size, d7_retained, d30_size, d30_retained, d1_rate, d7_rate, d30_rate
    from productivity.weekly_metric
    where tenant_id = $1
    and week_start = $2
) m
on conflict (tenant_id, week_start) do update
set
    computed_at = excluded.computed_at,
    wau = excluded.wau,
    new_users = excluded.new_users,
    retained_users = excluded.retained_users,
    resurrected_users = excluded.resurrected_users,
    dormant_users = excluded.dormant_users,
    new_active_users = excluded.new_active_users,
    sessions_completed = excluded.sessions_completed,
    sessions_cancelled = excluded.sessions_cancelled,
    sessions_expired = excluded.sessions_expired,
    focus_users = excluded.focus_users,
    goals_created = excluded.goals_created,
    goals_completed = excluded.goals_completed,
    goals_overdue = excluded.goals_overdue,
    focus_seconds = excluded.focus_seconds,
    completion_rate = excluded.completion_rate,
    quick_ratio = excluded.quick_ratio,
    p50_session_seconds = excluded.p50_session_seconds,
    by_type = excluded.by_type,
    active_days_histogram = excluded.active_days_histogram,
    peak_hour = excluded.peak_hour,
    peak_dow = excluded.peak_dow,
    d1_size = excluded.d1_size,
    d1_retained = excluded.d1_retained,
    d7_size = excluded.d7_size,
    d7_retained = excluded.d7_retained,
    d30_size = excluded.d30_size,
    d30_retained = excluded.d30_retained,
    d1_rate = excluded.d1_rate,
    d7_rate = excluded.d7_rate,
    d30_rate = excluded.d30_rate
