-- A day as daily-analytics has told it, and the same counted again from what people did.
select
    m.dau,
    m.wau,
    m.mau,
    m.sessions_completed,
    m.focus_seconds,
    m.completion_rate::text as completion_rate,
    m.p50_session_seconds,
    m.goals_completed,
    (
        select count(distinct a.user_id)
        from productivity.user_activity_day a
        join productivity.analysed_user u on u.tenant_id = $1 and u.id = a.user_id
        where a.tenant_id = $1
        and a.day = $2
    ) as "dau_again!",
    (
        select count(*) filter (where s.status = 'completed')
        from productivity.ended_session s
        join productivity.analysed_user u on u.tenant_id = $1 and u.id = s.user_id
        where s.tenant_id = $1
        and s.is_focus
        and (s.ended_at at time zone 'UTC')::date = $2
    ) as "sessions_again!",
    (
        select coalesce(sum(s.capped_seconds), 0)
        from productivity.ended_session s
        join productivity.analysed_user u on u.tenant_id = $1 and u.id = s.user_id
        where s.tenant_id = $1
        and s.is_counted
        and (s.ended_at at time zone 'UTC')::date = $2
    ) as "seconds_again!"
from productivity.daily_metric m
where m.tenant_id = $1
and m.day = $2
