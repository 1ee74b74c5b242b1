-- The people whose slot it is and who have open goals that are due from $9 to $10, after a cursor, in the order of their ids,
-- each with those goals and what was announced of them. $2 is the cursor, or the lowest id for the first page, and $3 the
-- cursor or nothing. By the primary order of recipients; the goals of each by (tenant_id, user_id, due_on).
--
-- Goals are asked for by pairs of user and date as well, which say nothing more but are in the order of that index alone: so
-- a plan that was made for a single user is still good for all.
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
    r.goal_reminders and coalesce(r.snooze_until <= $8, true) as "is_willing!",
    g.goals as "goals!: Json<Vec<Goal>>"
from productivity.recipient r
left join zone z on z.name = r.time_zone
cross join lateral (
    select
        jsonb_agg(jsonb_build_object(
            'id', g.id,
            'title', g.title,
            'description', left(g.description, 300),
            'priority', g.priority,
            'due_on', g.due_on,
            'progress', g.progress,
            'is_day_old', g.created_at <= $8::timestamptz - interval '24 hours',
            'marks', array(
                select m.bucket
                from productivity.goal_reminder_mark m
                where m.tenant_id = $1
                and m.goal_id >= g.id
                and m.goal_id <= g.id
                and m.due_on = g.due_on
                order by m.goal_id
            )
        )) as goals
    from (
        select *
        from productivity.goal g
        where g.tenant_id = $1
        and g.user_id = r.id
        and (g.user_id, g.due_on) >= (r.id, $9)
        and g.due_on >= $9
        and g.status in ('not_started', 'in_progress')
        and g.archived_at is null
        and g.deleted_at is null
        and g.progress < 100
        and g.due_on <= $10
        order by g.due_on
    ) g
    having count(*) > 0
) as g
where r.tenant_id = $1
and r.id >= $2
and r.id is distinct from $3
and case when z.name is null then $7 else z.is_due end
order by r.id
limit $4
