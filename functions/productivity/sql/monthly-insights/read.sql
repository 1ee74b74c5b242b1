-- The next users of a month ($4 to before $5), in the order of their ids, with what tells their segment: whether they
-- ever had a goal or a focus session, when they were active last, on how many days of the month, how many focus
-- sessions of the month they completed; and the segments of the month before ($6) and of this one that are stored.
--
-- By the unique index (tenant_id, id), and for each user a step in: goal (tenant_id, user_id), timer_session (tenant_id,
-- user_id, started_at) and (tenant_id, user_id, ended_at), timer_session_archive (tenant_id, user_id), user_activity_day
-- (tenant_id, user_id, day), user_segment (tenant_id, month, user_id). Each is asked for in an order that no other index has,
-- so that a plan made for a small company still is good for a large one.
--
-- The page begins at $2, which is never NULL, and leaves out $3, the id that it comes after.
select
    u.id as "id!",
    (u.created_at at time zone 'UTC')::date as "created_on!",
    (goal.has_any or live.user_id is not null or archived.user_id is not null) as "has_begun!",
    newest.day as "last_day?",
    active.days as "active_days!",
    done.sessions as "sessions!",
    previous.segment as "previous_segment?",
    stored.segment as "stored_segment?",
    stored.previous_segment as "stored_previous_segment?"
from productivity.analysed_user u
cross join lateral (
    select coalesce(bool_or(g.created_at < $8), false) as has_any
    from (
        select g.created_at
        from productivity.goal g
        where g.tenant_id = $1
        and g.user_id >= u.id
        and g.user_id <= u.id
        order by g.user_id
    ) g
) goal
left join lateral (
    select s.user_id
    from productivity.timer_session s
    where s.tenant_id = $1
    and s.user_id >= u.id
    and s.user_id <= u.id
    and s.type <> 'break'
    and s.started_at < $8
    order by s.user_id, s.started_at
    limit 1
) live on true
left join lateral (
    select a.user_id
    from productivity.timer_session_archive a
    where a.tenant_id = $1
    and a.user_id >= u.id
    and a.user_id <= u.id
    and a.type <> 'break'
    and a.started_at < $8
    order by a.user_id
    limit 1
) archived on true
left join lateral (
    select d.day
    from productivity.user_activity_day d
    where d.tenant_id = $1
    and d.user_id >= u.id
    and (d.user_id, d.day) < (u.id, $5)
    order by d.user_id desc, d.day desc
    limit 1
) newest on true
cross join lateral (
    select count(*) as days
    from (
        select d.day
        from productivity.user_activity_day d
        where d.tenant_id = $1
        and (d.user_id, d.day) >= (u.id, $4)
        and d.user_id <= u.id
        and d.day < $5
        order by d.user_id, d.day
    ) d
) active
cross join lateral (
    select count(*) as sessions
    from (
        select
        from productivity.timer_session s
        where s.tenant_id = $1
        and s.user_id = u.id
        and (s.user_id, s.ended_at) >= (u.id, $7)
        and s.type <> 'break'
        and s.status = 'completed'
        and s.ended_at >= $7
        and s.ended_at < $8
        order by s.ended_at
    ) s
) done
left join lateral (
    select g.segment
    from productivity.user_segment g
    where g.tenant_id = $1
    and g.month = $6
    and g.user_id = u.id
    order by g.user_id
    limit 1
) previous on true
left join lateral (
    select g.segment, g.previous_segment
    from productivity.user_segment g
    where g.tenant_id = $1
    and g.month = $4
    and g.user_id = u.id
    order by g.user_id
    limit 1
) stored on true
where u.tenant_id = $1
and u.id >= $2
and u.id is distinct from $3
and u.created_at < $8
and (u.deleted_at is null or u.deleted_at >= $8)
order by u.id
limit $9
