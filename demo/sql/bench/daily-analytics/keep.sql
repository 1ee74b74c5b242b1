-- What daily-analytics has written, for the floor to write again.
copy (
    select f.tenant_id, f.user_id, f, null::productivity.daily_metric, null::productivity.metric_trend,
        null::productivity.anomaly
    from productivity.user_daily_focus f
    union all
    select d.tenant_id, d.tenant_id, null, d, null, null
    from productivity.daily_metric d
    where d.computed_at = '2026-01-29T03:00Z'
    union all
    select t.tenant_id, t.tenant_id, null, null, t, null
    from productivity.metric_trend t
    union all
    select a.tenant_id, a.tenant_id, null, null, null, a
    from productivity.anomaly a
) to stdout (format binary)
