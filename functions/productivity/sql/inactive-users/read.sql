-- The people whose slot it is and who have been away for a while, after a cursor, in the order of their ids, each with what
-- he left behind and what he was told since. $2 is the cursor, or the lowest id for the first page, and $3 the cursor or
-- nothing; $8 is the run's clock and $9 its date in UTC, $10 and $11 are between which instants the last activity lies, and
-- $12 and $13 between which it lies of those whose every day by the timer is summed up. By the primary order of recipients.
--
-- Look-ups are bounded on both sides and in the order of an index that begins with the user, so that it is taken whatever
-- the planner thinks of the tables: episodes and analytics by their keys, contacts by (tenant_id, user_id, local_date),
-- sessions by (tenant_id, user_id, ended_at) and (tenant_id, user_id, started_at), archived ones and completed goals by
-- (tenant_id, user_id), open goals by (tenant_id, user_id, due_on).
--
-- The mail is read from a day before $9 until two days after it, by the reader's own clock and quiet hours: so his next goal
-- is among those of four dates.
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
    r.reengagement and coalesce(r.snooze_until <= $8, true) as "is_willing!",
    r.weekly_report as "weekly_report!",
    r.monthly_report as "monthly_report!",
    r.last_activity_at as "last_activity_at!",
    episode.of_absence as "episode?: Json<Episode>",
    contacted.contacts as "contacts!: Json<Vec<Contact>>",
    live.is_focus is not null or archived.is_focus is not null or counted.is_focus is not null as "has_focused!",
    last.ended_at as "last_ended_at?",
    last.seconds as "last_seconds?",
    focus.seconds as focus_seconds,
    focus.streak as best_streak,
    done.goals as "goals_completed!",
    next.goals as "upcoming!: Json<Vec<OpenGoal>>",
    open.goals as "open!: Json<Vec<OpenGoal>>"
from productivity.recipient r
left join zone z on z.name = r.time_zone
left join lateral (
    select
        jsonb_build_object(
            'start', e.episode_start, 'last_step', e.last_step, 'is_closed', e.closed_at is not null
        ) as of_absence
    from productivity.reengagement_episode e
    where e.tenant_id = $1
    and e.user_id >= r.id
    and e.user_id <= r.id
    and e.last_sent_at > r.last_activity_at
    order by e.user_id desc, e.episode_start desc
    limit 1
) as episode on true
cross join lateral (
    select coalesce(jsonb_agg(jsonb_build_object('kind', l.kind, 'local_date', l.local_date)), '[]') as contacts
    from (
        select l.kind, l.local_date
        from productivity.contact_log l
        where l.tenant_id = $1
        and (l.user_id, l.local_date) >= (r.id, $9::date - 7)
        and l.user_id <= r.id
        and l.local_date <= $9::date + 2
        order by l.user_id, l.local_date
    ) l
) as contacted
left join lateral (
    select true as is_focus
    from productivity.timer_session s
    where s.tenant_id = $1
    and s.user_id >= r.id
    and s.user_id <= r.id
    and s.type <> 'break'
    and s.started_at <= $8
    order by s.user_id, s.started_at
    limit 1
) as live on true
left join lateral (
    select true as is_focus
    from productivity.timer_session_archive s
    where s.tenant_id = $1
    and s.user_id >= r.id
    and s.user_id <= r.id
    and s.type <> 'break'
    order by s.user_id
    limit 1
) as archived on true
left join lateral (
    select s.ended_at, s.seconds
    from productivity.ended_session s
    where s.tenant_id = $1
    and s.user_id >= r.id
    and s.user_id <= r.id
    and s.is_counted
    and s.ended_at <= $8
    order by s.user_id desc, s.ended_at desc
    limit 1
) as last on true
left join lateral (
    select true as is_focus
    from productivity.user_daily_focus f
    where f.tenant_id = $1
    and f.user_id = r.id
    and f.sessions_counted > 0
    order by f.day desc
    limit 1
) as counted on true
cross join lateral (
    -- Days in a row with a completed session are as far from their numbers as each other.
    select sum(run.seconds)::bigint as seconds, max(run.days) as streak
    from (
        select sum(f.focus_seconds) as seconds, count(*) filter (where f.is_completed) as days
        from (
            select
                f.focus_seconds,
                f.sessions_completed > 0 as is_completed,
                f.day - (count(*) filter (where f.sessions_completed > 0) over (order by f.day))::integer as start
            from productivity.user_daily_focus f
            where f.tenant_id = $1
            and f.user_id = r.id
            and r.last_activity_at >= $12
            and r.last_activity_at <= $13
        ) as f
        group by f.is_completed, f.start
    ) as run
) as focus
cross join lateral (
    select count(*) as goals
    from (
        select
        from productivity.goal g
        where g.tenant_id = $1
        and g.user_id >= r.id
        and g.user_id <= r.id
        and g.status = 'completed'
        and g.deleted_at is null
        order by g.user_id
    ) g
) as done
cross join lateral (
    select
        coalesce(
            jsonb_agg(jsonb_build_object(
                'id', g.id, 'title', g.title, 'due_on', g.due_on, 'progress', g.progress
            )),
            '[]'
        ) as goals
    from (
        select distinct on (g.user_id, g.due_on) g.id, g.title, g.due_on, g.progress
        from (
            select
                g.user_id,
                g.due_on,
                array_position(array['urgent', 'high', 'medium', 'low'], g.priority) as place,
                g.title collate "C" as title,
                g.id,
                g.progress
            from productivity.goal g
            where g.tenant_id = $1
            and g.user_id >= r.id
            and g.user_id <= r.id
            and g.status in ('not_started', 'in_progress')
            and g.archived_at is null
            and g.deleted_at is null
            and g.progress < 100
            and g.due_on >= $9::date - 1
            order by g.user_id, g.due_on, place, title, g.id
        ) g
        order by g.user_id, g.due_on, g.place, g.title, g.id
        limit 4
    ) as g
) as next
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
        order by
            g.user_id,
            g.due_on,
            array_position(array['urgent', 'high', 'medium', 'low'], g.priority),
            g.title collate "C",
            g.id
        limit 5
    ) as g
) as open
where r.tenant_id = $1
and r.id >= $2
and r.id is distinct from $3
and r.last_activity_at >= $10
and r.last_activity_at <= $11
and case when z.name is null then $7 else z.is_due end
order by r.id
limit $4
