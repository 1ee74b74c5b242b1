-- The people whose slot it is and who were there lately, after a cursor, in the order of their ids, each with what he
-- worked and what he was told. $2 is the cursor, or the lowest id for the first page, and $3 the cursor or nothing; $10 is
-- the run's clock and $11 how far back 'lately' reaches. By the primary order of recipients.
--
-- Zones come with their date and the first instants of the last seven days and of the seven before them; '' is for whoever
-- has none of them. Look-ups are bounded on both sides and in the order of an index that begins with the user, so that it
-- is taken whatever the planner thinks of the tables: sessions by (tenant_id, user_id, ended_at), the live one by its
-- unique index, analytics by their key, contacts by (tenant_id, user_id, local_date), goals by (tenant_id, user_id, due_on).
-- Pairs of user and instant say nothing more, but are in the order of that index alone.
with zone as (
    select z.name, z.is_due, z.today, z.week_from, z.week_before_from
    from unnest($5::text[], $6::boolean[], $7::date[], $8::timestamptz[], $9::timestamptz[])
        as z (name, is_due, today, week_from, week_before_from)
)
select
    r.id as "id!",
    r.first_name,
    r.display_name,
    r.time_zone as "time_zone!",
    r.created_at as "created_at!",
    r.address,
    r.is_suppressed as "is_suppressed!",
    r.unsubscribe_token as "unsubscribe_token!",
    r.in_app_enabled as "in_app_enabled!",
    r.push_enabled as "push_enabled!",
    r.quiet_start as "quiet_start!",
    r.quiet_end as "quiet_end!",
    r.daily_checkin and coalesce(r.snooze_until <= $10, true) as "is_willing!",
    r.weekly_report as "weekly_report!",
    r.monthly_report as "monthly_report!",
    r.work_days as "work_days!",
    least(r.last_activity_at, $10) as "last_activity_at!",
    greatest(live.worked_until, ended.worked_until) as worked_until,
    counted.day as "counted_on?",
    nudged.dates as "nudged_on!",
    week.seconds as "week_seconds!",
    week.seconds_before as "week_before_seconds!",
    contacted.contacts as "contacts!: Json<Vec<Contact>>",
    goal.goals as "goals!: Json<Vec<OpenGoal>>"
from productivity.recipient r
left join zone z on z.name = r.time_zone
join zone own on own.name = ''
-- Case and not coalesce: under row level security the planner lets only the one into an index.
cross join lateral (
    select
        case when z.name is null then own.is_due else z.is_due end as is_due,
        case when z.name is null then own.today else z.today end as today,
        case when z.name is null then own.week_from else z.week_from end as week_from,
        case when z.name is null then own.week_before_from else z.week_before_from end as week_before_from
) as d
left join lateral (
    select
        case s.status when 'running' then $10 else least(s.paused_at, $10) end as worked_until,
        s.type <> 'break' and s.started_at <= $10 as is_focus
    from productivity.timer_session s
    where s.tenant_id = $1
    and s.user_id >= r.id
    and s.user_id <= r.id
    and s.status in ('running', 'paused')
    order by s.user_id
    limit 1
) as live on live.is_focus
left join lateral (
    select least(s.ended_at, $10) as worked_until
    from productivity.ended_session s
    where s.tenant_id = $1
    and s.user_id = r.id
    and (s.user_id, s.ended_at) <= (r.id, 'infinity')
    and s.is_counted
    and s.started_at <= $10
    order by s.ended_at desc
    limit 1
) as ended on true
left join lateral (
    select f.day
    from productivity.user_daily_focus f
    where f.tenant_id = $1
    and f.user_id = r.id
    and f.day <= d.today
    and f.sessions_counted > 0
    order by f.day desc
    limit 1
) as counted on true
cross join lateral (
    select array(
        select l.local_date
        from productivity.contact_log l
        where l.tenant_id = $1
        and l.user_id >= r.id
        and l.user_id <= r.id
        and l.local_date < d.today
        and l.kind = 'daily_nudge'
        order by l.user_id desc, l.local_date desc
        limit 3
    ) as dates
) as nudged
cross join lateral (
    select
        coalesce(sum(s.capped_seconds) filter (where s.ended_at >= d.week_from), 0) as seconds,
        coalesce(sum(s.capped_seconds) filter (where s.ended_at < d.week_from), 0) as seconds_before
    from (
        select s.capped_seconds, s.ended_at
        from productivity.ended_session s
        where s.tenant_id = $1
        and s.user_id = r.id
        and (s.user_id, s.ended_at) >= (r.id, d.week_before_from)
        and s.ended_at >= d.week_before_from
        and s.ended_at <= $10
        and s.is_counted
        order by s.ended_at
    ) s
) as week
cross join lateral (
    select coalesce(jsonb_agg(jsonb_build_object('kind', l.kind, 'local_date', l.local_date)), '[]') as contacts
    from (
        select l.kind, l.local_date
        from productivity.contact_log l
        where l.tenant_id = $1
        and (l.user_id, l.local_date) >= (r.id, d.today - 6)
        and l.user_id <= r.id
        and l.local_date <= d.today
        order by l.user_id, l.local_date
    ) l
) as contacted
cross join lateral (
    select
        coalesce(
            jsonb_agg(jsonb_build_object(
                'id', g.id, 'title', g.title, 'due_on', g.due_on, 'progress', g.progress
            )),
            '[]'
        ) as goals
    from (
        select g.id, g.title, g.due_on, g.progress
        from productivity.goal g
        where g.tenant_id = $1
        and g.user_id >= r.id
        and g.user_id <= r.id
        and g.status in ('not_started', 'in_progress')
        and g.archived_at is null
        and g.deleted_at is null
        and g.progress < 100
        and g.due_on >= d.today
        order by
            g.user_id,
            g.due_on,
            array_position(array['urgent', 'high', 'medium', 'low'], g.priority),
            g.title collate "C",
            g.id
        limit 1
    ) as g
) as goal
where r.tenant_id = $1
and r.id >= $2
and r.id is distinct from $3
and r.last_activity_at >= $11
and d.is_due
order by r.id
limit $4
