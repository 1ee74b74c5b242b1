-- A company's month ($2 to before $3, $5 to before $6 as instants), and of the one before it ($4) what it is compared
-- with. What users did is summed up table by table, joined with them by hashes, and added up; the last day of each is a step
-- in user_activity_day (tenant_id, user_id, day), so that older days are not read. Who is in which segment is told as
-- `Segment::of` tells it (a test holds the two together) and not read back, so that nobody is left out whose segment could
-- not be written.
with goal as (
    select
        g.user_id,
        bool_or(g.created_at < $6) as has_any,
        count(*) filter (
            where g.created_at >= $5 and g.created_at < $6 and g.deleted_at is null
        ) as created,
        count(*) filter (
            where g.completed_at >= $5 and g.completed_at < $6 and g.status = 'completed' and g.deleted_at is null
        ) as completed
    from productivity.goal g
    where g.tenant_id = $1
    group by g.user_id
),
done as (
    select
        s.user_id,
        bool_or(s.started_at < $6) as has_any,
        count(*) filter (
            where s.ended_at >= $5 and s.ended_at < $6 and s.status = 'completed'
        ) as sessions,
        sum(s.capped_seconds) filter (where s.ended_at >= $5 and s.ended_at < $6 and s.is_counted) as seconds
    from productivity.ended_session s
    where s.tenant_id = $1
    and s.is_focus
    group by s.user_id
),
live as (
    select s.user_id
    from productivity.timer_session s
    where s.tenant_id = $1
    and s.status in ('running', 'paused')
    and s.type <> 'break'
    and s.started_at < $6
),
archived as (
    select a.user_id
    from productivity.timer_session_archive a
    where a.tenant_id = $1
    and a.type <> 'break'
    and a.started_at < $6
    group by a.user_id
),
active as (
    select
        d.user_id,
        count(*) filter (where d.day >= $2) as days,
        count(*) filter (where d.day < $2) as before
    from (
        select d.user_id, d.day
        from productivity.user_activity_day d
        where d.tenant_id = $1
        and d.day >= $4
        and d.day < $3
        order by d.day
    ) d
    group by d.user_id
),
person as (
    select
        (u.created_at at time zone 'UTC')::date as created_on,
        $3::date - 1 - coalesce(newest.day, (u.created_at at time zone 'UTC')::date) as gap,
        coalesce(goal.has_any, false)
            or coalesce(done.has_any, false)
            or live.user_id is not null
            or archived.user_id is not null as has_begun,
        coalesce(goal.created, 0) as goals_created,
        coalesce(goal.completed, 0) as goals_completed,
        coalesce(active.days, 0) as days,
        coalesce(active.before, 0) as before,
        coalesce(done.sessions, 0) as sessions,
        coalesce(done.seconds, 0) as seconds
    from productivity.analysed_user u
    left join goal on goal.user_id = u.id
    left join done on done.user_id = u.id
    left join live on live.user_id = u.id
    left join archived on archived.user_id = u.id
    left join active on active.user_id = u.id
    left join lateral (
        select d.day
        from productivity.user_activity_day d
        where d.tenant_id = $1
        and d.user_id >= u.id
        and (d.user_id, d.day) < (u.id, $3)
        order by d.user_id desc, d.day desc
        limit 1
    ) newest on true
    where u.tenant_id = $1
    and u.created_at < $6
    and (u.deleted_at is null or u.deleted_at >= $6)
),
placed as (
    select
        p.*,
        case
            when not p.has_begun and p.created_on < $3::date - 7 then 'never_activated'
            when p.created_on >= $2 then 'new'
            when p.gap > $7 then 'churned'
            when p.gap > $8 then 'at_risk'
            when p.sessions > $9 and p.days >= $10 then 'power'
            else 'active'
        end as segment
    from person p
),
day as (
    select
        sum(m.dau) as dau,
        count(*) as days,
        coalesce(bool_or(m.day = $3::date - 1), false) as has_last
    from productivity.daily_metric m
    where m.tenant_id = $1
    and m.day >= $2
    and m.day < $3
),
total as (
    select
        count(*) filter (where p.days > 0) as mau,
        count(*) filter (where p.created_on >= $2) as new_users,
        coalesce(sum(p.sessions), 0) as sessions_completed,
        coalesce(sum(p.seconds), 0) as focus_seconds,
        coalesce(sum(p.goals_created), 0) as goals_created,
        coalesce(sum(p.goals_completed), 0) as goals_completed,
        count(*) filter (where p.before > 0) as active_before,
        count(*) filter (where p.before > 0 and p.days = 0) as churned_users,
        count(*) filter (where p.days > 0 and p.before = 0 and p.created_on < $4) as reactivated_users,
        count(*) filter (where p.gap > $7) as dormant_users,
        coalesce(sum(p.sessions) filter (where p.days > 0), 0) as sessions_of_active,
        -- Halves of whole numbers, which a double holds exactly.
        percentile_cont(0.5) within group (order by p.sessions) filter (where p.days > 0) as median_sessions,
        count(*) filter (where p.segment = 'never_activated') as seg_never_activated,
        count(*) filter (where p.segment = 'new') as seg_new,
        count(*) filter (where p.segment = 'churned') as seg_churned,
        count(*) filter (where p.segment = 'at_risk') as seg_at_risk,
        count(*) filter (where p.segment = 'power') as seg_power,
        count(*) filter (where p.segment = 'active') as seg_active
    from placed p
)
select
    t.mau::integer as "mau!",
    t.new_users::integer as "new_users!",
    t.sessions_completed::integer as "sessions_completed!",
    t.focus_seconds::bigint as "focus_seconds!",
    t.goals_created::integer as "goals_created!",
    t.goals_completed::integer as "goals_completed!",
    t.active_before::integer as "active_before!",
    t.churned_users::integer as "churned_users!",
    t.reactivated_users::integer as "reactivated_users!",
    t.dormant_users::integer as "dormant_users!",
    t.sessions_of_active::bigint as "sessions_of_active!",
    t.median_sessions::numeric as "median_sessions?",
    t.seg_never_activated::integer as "seg_never_activated!",
    t.seg_new::integer as "seg_new!",
    t.seg_churned::integer as "seg_churned!",
    t.seg_at_risk::integer as "seg_at_risk!",
    t.seg_power::integer as "seg_power!",
    t.seg_active::integer as "seg_active!",
    d.dau as "dau?",
    d.days as "days!",
    d.has_last as "has_last_day!",
    m.mau as "mau_before?",
    m.new_users as "new_users_before?",
    m.sessions_completed as "sessions_completed_before?",
    m.focus_seconds as "focus_seconds_before?",
    m.goals_completed as "goals_completed_before?"
from total t
cross join day d
left join productivity.monthly_insight m on m.tenant_id = $1 and m.month = $4
