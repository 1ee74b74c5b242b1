-- The people who are at work by a timer that runs, after a cursor, in the order of their ids, each with that session and
-- those that ended from $6 to $5, the run's clock, the latest first. $2 is the cursor, or the lowest id for the first page,
-- and $3 the cursor or nothing. By the key of live sessions; the others by (tenant_id, user_id, ended_at).
--
-- These are asked for by pairs of user and instant as well, which say nothing more but are in the order of that index
-- alone: so a plan that was made for a single user is still good for all.
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
    r.break_reminders and coalesce(r.snooze_until <= $5, true) as "is_willing!",
    r.work_days as "work_days!",
    r.work_start as "work_start!",
    r.work_end as "work_end!",
    r.break_after_min as "break_after_min!",
    r.break_repeat_min as "break_repeat_min!",
    r.break_outside_work as "break_outside_work!",
    s.id as session_id,
    s.type as session_type,
    s.title as session_title,
    s.started_at,
    s.planned_seconds,
    s.paused_seconds,
    s.pause_count,
    s.last_pause_seconds,
    s.resumed_at,
    s.notifications_enabled,
    e.ended as "ended!: Json<Vec<Ended>>"
from productivity.timer_session s
cross join lateral (
    select *
    from productivity.recipient r
    where r.tenant_id = $1
    and r.id >= s.user_id
    and r.id <= s.user_id
    order by r.id
    limit 1
) r
cross join lateral (
    select
        coalesce(
            jsonb_agg(
                jsonb_build_object(
                    'id', e.id,
                    'started_at', e.started_at,
                    'ended_at', e.ended_at,
                    'seconds', e.seconds,
                    'is_completed', e.status = 'completed'
                )
                order by e.ended_at desc, e.id desc
            ),
            '[]'
        ) as ended
    from (
        select *
        from productivity.ended_session e
        where e.tenant_id = $1
        and e.user_id = s.user_id
        and (e.user_id, e.ended_at) >= (s.user_id, $6)
        and e.ended_at >= $6
        and e.ended_at <= $5
        and e.is_focus
        order by e.ended_at
    ) e
    where e.started_at < s.started_at
) as e
where s.tenant_id = $1
and s.status in ('running', 'paused')
and s.status = 'running'
and s.type <> 'break'
and s.started_at <= $5
and s.user_id >= $2
and s.user_id is distinct from $3
order by s.user_id
limit $4
