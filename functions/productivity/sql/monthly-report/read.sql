-- The people whose slot it is after a cursor, in the order of their ids, each with whether he was active on a day from $10
-- to before $11; and with what he did, if so: the focus sessions that ended since $9 and up to now, and the goals that were
-- open at some time since $9, were completed or set since then, are due on such a day, or were worked at in such a session.
-- $2 is the cursor, or the lowest id for the first page, and $3 the cursor or nothing.
--
-- By the primary order of recipients; days by (tenant_id, user_id, day), sessions by (tenant_id, user_id, ended_at), goals
-- by (tenant_id, user_id). Days and goals are asked for in an order that no other index has, and sessions by pairs of user
-- and instant as well, which say nothing more but are in the order of that index alone: so a plan made for a small company
-- still is good for a large one.
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
    r.monthly_report and coalesce(r.snooze_until <= $8, true) as "is_willing!",
    active.day is not null as "is_active!",
    session.done as "sessions: Vec<Session>",
    goal.known as "goals: Json<Vec<Goal>>"
from productivity.recipient r
left join zone z on z.name = r.time_zone
left join lateral (
    select a.user_id, a.day
    from productivity.user_activity_day a
    where a.tenant_id = $1
    and (a.user_id, a.day) >= (r.id, $10)
    and a.user_id <= r.id
    order by a.user_id, a.day
    limit 1
) active on active.day < $11
cross join lateral (
    -- As the fields of `Session`.
    select
        array_agg(row(
            s.started_at,
            s.ended_at,
            s.type,
            s.goal_id,
            s.capped_seconds,
            s.is_counted,
            s.status = 'completed'
        )) as done,
        array_agg(distinct s.goal_id) as goals
    from (
        select s.started_at, s.ended_at, s.type, s.goal_id, s.capped_seconds, s.is_counted, s.status
        from productivity.ended_session s
        where s.tenant_id = $1
        and s.user_id = r.id
        and (s.user_id, s.ended_at) >= (r.id, $9)
        and s.ended_at >= $9
        and s.ended_at <= $8
        and s.is_focus
        and active.day is not null
        order by s.ended_at
    ) s
) session
cross join lateral (
    select jsonb_agg(jsonb_build_object(
        'id', g.id,
        'title', g.title,
        'is_completed', g.status = 'completed',
        'is_cancelled', g.status = 'cancelled',
        'due_on', g.due_on,
        'created_at', g.created_at,
        'completed_at', g.completed_at,
        'closed_at', closed.at
    )) as known
    from (
        select *
        from productivity.goal g
        where g.tenant_id = $1
        and g.user_id >= r.id
        and g.user_id <= r.id
        and g.deleted_at is null
        order by g.user_id
    ) g
    cross join lateral (
        -- Within what a calendar has.
        select
            greatest('1900-01-01 00:00Z', least('2300-01-01 00:00Z', g.archived_at, g.completed_at, g.cancelled_at)) as at
    ) closed
    where active.day is not null
    and (
        closed.at >= $9
        or g.completed_at >= $9
        or g.created_at >= $9
        or g.due_on >= $10 and g.due_on < $11
        or g.id = any(session.goals)
    )
) goal
where r.tenant_id = $1
and r.id >= $2
and r.id is distinct from $3
and case when z.name is null then $7 else z.is_due end
order by r.id
limit $4
