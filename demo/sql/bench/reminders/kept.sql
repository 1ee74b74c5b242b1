-- What a reminder job has written, each row of whichever table as it is there.
create table public.kept (
    tenant_id uuid not null,
    id uuid not null,
    message platform.message,
    notification platform.notification,
    contact productivity.contact_log,
    mark productivity.goal_reminder_mark,
    episode productivity.reengagement_episode,
    review productivity.user_weekly_review,
    report productivity.user_monthly_report
);
create index kept_id_idx on public.kept (id);
grant select on public.kept to nightshift_job
