-- What daily-analytics has written, each row of whichever table as it is there; of those of days, the company stands for the
-- subject.
create table public.kept (
    tenant_id uuid not null,
    id uuid not null,
    focus productivity.user_daily_focus,
    day productivity.daily_metric,
    trend productivity.metric_trend,
    anomaly productivity.anomaly
);
grant select on public.kept to nightshift_job
