-- Writes a company's month ($2), unless the stored row says the same: that is neither locked nor rewritten, and keeps
-- the time of its last change. By the key (tenant_id, month).
insert into productivity.monthly_insight (
    tenant_id, month, computed_at,
    mau, new_users, sessions_completed, goals_created, goals_completed, churned_users, reactivated_users,
    dormant_users, seg_never_activated, seg_new, seg_churned, seg_at_risk, seg_power, seg_active, focus_seconds,
    avg_sessions_per_active, median_sessions_per_active, avg_dau, stickiness, churn_rate, retention_rate, insights,
    stale
)
select $1::uuid, $2::date, $3::timestamptz, m.*
from (
    select
        $4::integer, $5::integer, $6::integer, $7::integer, $8::integer, $9::integer, $10::integer, $11::integer,
        $12::integer, $13::integer, $14::integer, $15::integer, $16::integer, $17::integer, $18::bigint, $19::numeric,
        $20::numeric, $21::numeric, $22::numeric, $23::numeric, $24::numeric, $25::jsonb, $26::boolean
    except
    select
        mau, new_users, sessions_completed, goals_created, goals_completed, churned_users, reactivated_users,
        dormant_users, seg_never_activated, seg_new, seg_churned, seg_at_risk, seg_power, seg_active, focus_seconds,
        avg_sessions_per_active, median_sessions_per_active, avg_dau, stickiness, churn_rate, retention_rate,
        insights, stale
    from productivity.monthly_insight
    where tenant_id = $1
    and month = $2
) m
on conflict (tenant_id, month) do update
set
    computed_at = excluded.computed_at,
    mau = excluded.mau,
    new_users = excluded.new_users,
    sessions_completed = excluded.sessions_completed,
    goals_created = excluded.goals_created,
    goals_completed = excluded.goals_completed,
    churned_users = excluded.churned_users,
    reactivated_users = excluded.reactivated_users,
    dormant_users = excluded.dormant_users,
    seg_never_activated = excluded.seg_never_activated,
    seg_new = excluded.seg_new,
    seg_churned = excluded.seg_churned,
    seg_at_risk = excluded.seg_at_risk,
    seg_power = excluded.seg_power,
    seg_active = excluded.seg_active,
    focus_seconds = excluded.focus_seconds,
    avg_sessions_per_active = excluded.avg_sessions_per_active,
    median_sessions_per_active = excluded.median_sessions_per_active,
    avg_dau = excluded.avg_dau,
    stickiness = excluded.stickiness,
    churn_rate = excluded.churn_rate,
    retention_rate = excluded.retention_rate,
    insights = excluded.insights,
    stale = excluded.stale
