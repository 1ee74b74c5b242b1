-- The people whose slot it is after a cursor, in the order of their ids, each with what he did since $9: the focus sessions
-- that ended up to now, and the goals that he reached; with his open goals that are due before $10; and with what is known
-- of earlier days on which he completed a session: those from $11 on, and how many in a row there are before that date, $12
-- at most. $2 is the cursor, or the lowest id for the first page, and $3 the cursor or nothing.
--
-- By the primary order of recipients; sessions by (tenant_id, user_id, ended_at), goals by (tenant_id, user_id), open ones by
-- (tenant_id, user_id, due_on), days by (tenant_id, user_id, day), one look-up for each day in a row. Goals are asked
-- for in an order that no other index has, and sessions by pairs of user and instant as well, which say nothing more but are
-- in the order of that index alone: so a plan made for a small company still is good for a large one.
with zone as (
    select z.name, z.is_due
    from unnest($5::text[], $6::boolean[]) as z (name, is_due)
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
    r.weekly_report and coalesce(r.snooze_until <= $8, true) as "is_willing!",
    session.done as "sessions: Vec<Session>",
    reached.goals as "reached: Json<Vec<Reached>>",
    open.goals as "open: Json<Vec<Open>>",
    recent.days as "recent!: Vec<NaiveDate>",
    earlier.days as "earlier!"
from productivity.recipient r
left join zone z on z.name = r.time_zone
cross join lateral (
    -- As the fields of `Session`.
    select array_agg(row(s.ended_at, s.capped_seconds, s.is_counted, s.status = 'completed')) as done
    from (
        select s.ended_at, s.capped_seconds, s.is_counted, s.status
        from productivity.ended_session s
        where s.tenant_id = $1
        and s.user_id = r.id
        and (s.user_id, s.ended_at) >= (r.id, $9)
        and s.ended_at >= $9
        and s.ended_at <= $8
        and s.is_focus
        order by s.ended_at
    ) s
) session
cross join lateral (
    select jsonb_agg(jsonb_build_object('id', g.id, 'title', g.title, 'completed_at', g.completed_at)) as goals
    from (
        select *
        from productivity.goal g
        where g.tenant_id = $1
        and g.user_id >= r.id
        and g.user_id <= r.id
        and g.status = 'completed'
        and g.deleted_at is null
        and g.completed_at >= $9
        and g.completed_at <= $8
        order by g.user_id
    ) g
) reached
cross join lateral (
    select jsonb_agg(jsonb_build_object(
        'id', g.id,
        'title', g.title,
        'priority', g.priority,
        'due_on', g.due_on
    )) as goals
    from (
        select *
        from productivity.goal g
        where g.tenant_id = $1
        and g.user_id >= r.id
        and g.user_id <= r.id
        and g.status in ('not_started', 'in_progress')
        and g.archived_at is null
        and g.deleted_at is null
        and g.progress < 100
        and g.due_on < $10
        order by g.user_id, g.due_on
    ) g
) open
cross join lateral (
    select array(
        select f.day
        from productivity.user_daily_focus f
        where f.tenant_id = $1
        and f.user_id = r.id
        and f.day >= $11
        and f.day <= $8::date + 1
        and f.sessions_completed > 0
    ) as days
) recent
cross join lateral (
    with recursive run as (
        select $11::date as day, 0 as days
        union all
        select f.day, run.days + 1
        from run
        cross join lateral (
            select f.day
            from productivity.user_daily_focus f
            where f.tenant_id = $1
            and f.user_id = r.id
            and f.day = run.day - 1
            and f.sessions_completed > 0
            order by f.day
            limit 1
        ) f
        where run.days < $12
    )
    select max(run.days) as days
    from run
) earlier
where r.tenant_id = $1
and r.id >= $2
and r.id is distinct from $3
and case when z.name is null then $7 else z.is_due end
order by r.id
limit $4
