-- A week as weekly-aggregation has told it, and how many were there, counted again.
select
    m.wau,
    m.new_active_users,
    m.retained_users,
    m.resurrected_users,
    m.dormant_users,
    m.sessions_completed,
    m.focus_seconds,
    m.peak_hour,
    m.peak_dow,
    m.d7_size,
    m.d7_retained,
    (select sum(days) from unnest(m.active_days_histogram) days) as "histogram!",
    (
        select count(distinct a.user_id)
        from productivity.user_activity_day a
        join productivity.analysed_user u on u.tenant_id = $1 and u.id = a.user_id
        where a.tenant_id = $1
        and a.day between $2 and $2::date + 6
    ) as "wau_again!",
    (select coalesce(sum(h.sessions), 0) from productivity.usage_heatmap h where h.tenant_id = $1 and h.week_start = $2)
        as "heatmap!"
from productivity.weekly_metric m
where m.tenant_id = $1
and m.week_start = $2
