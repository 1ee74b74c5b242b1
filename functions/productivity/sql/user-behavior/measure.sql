-- How the analysed users worked from $2 to before $3, and whether they took breaks after the sessions that ended from $4 to
-- before $5. Sessions by the index (tenant_id, ended_at), goals by (tenant_id, completed_at), users by the unique index
-- (tenant_id, id). What is of a time is read apart and in order, so that no plan reads all there is. Zones: $6 as users have set them are $7; whoever has none of them has $8.
with zone as materialized (
    select z.name, z.zone
    from rows from (
        unnest($6::text[]), unnest($7::text[]), generate_series(1, cardinality($6::text[]))
    ) as z (name, zone, place)
),
session as materialized (
    select
        s.type,
        s.status = 'completed' as is_completed,
        s.is_counted,
        s.capped_seconds,
        s.pause_count,
        s.productivity_rating,
        extract(hour from s.started_at at time zone case when z.zone is null then $8 else z.zone end)::integer as hour
    from (
        select *
        from productivity.ended_session s
        where s.tenant_id = $1
        and s.ended_at >= $2
        and s.ended_at < $3
        and s.is_focus
        order by s.ended_at
        offset 0
    ) s
    join productivity.analysed_user u on u.tenant_id = $1 and u.id = s.user_id
    left join zone z on z.name = u.time_zone
)
select
    $2 as "window_start!",
    session.sessions::integer as "sessions!",
    session.completed::integer as "sessions_completed!",
    went_on.base::integer as "adherence_base!",
    went_on.kept::integer as "adherence_kept!",
    (
        select coalesce(jsonb_object_agg(t.type, t.sessions), '{}')
        from (select s.type, count(*) as sessions from session s group by s.type) t
    ) as "by_type!",
    session.percentiles[1] as "median_seconds?",
    session.percentiles[2] as "p90_seconds?",
    round(session.completed::numeric / nullif(session.sessions, 0), 4) as "completion_rate?",
    round(went_on.kept::numeric / nullif(went_on.base, 0), 4) as "break_adherence?",
    session.mean_pauses as "mean_pauses?",
    session.mean_rating as "mean_rating?",
    (
        select array_agg(coalesce(h.sessions, 0)::integer order by hour.hour)
        from generate_series(0, 23) as hour (hour)
        left join (select s.hour, count(*) as sessions from session s group by s.hour) h on h.hour = hour.hour
    ) as "hours!",
    goal.timing as "goal_timing_median_days?"
from (
    select
        count(*) as sessions,
        count(*) filter (where s.is_completed) as completed,
        percentile_disc(array[0.5, 0.9]) within group (order by s.capped_seconds) filter (where s.is_counted)
            as percentiles,
        round(avg(s.pause_count), 2) as mean_pauses,
        round(avg(s.productivity_rating), 2) as mean_rating
    from session s
) session
cross join (
    select count(*) as base, count(*) filter (where w.is_after_break) as kept
    from (
        select w.user_id, w.is_after_break
        from productivity.resumed_work w
        where w.tenant_id = $1
        and w.ended_at >= $4
        and w.ended_at < $5
        order by w.ended_at
        offset 0
    ) w
    join productivity.analysed_user u on u.tenant_id = $1 and u.id = w.user_id
) went_on
cross join (
    -- The mean of the middle two is exact: halves of days are so in binary, too.
    select percentile_cont(0.5) within group (
        order by g.due_on - (g.completed_at at time zone case when z.zone is null then $8 else z.zone end)::date
    )::numeric(7, 1) as timing
    from (
        select g.user_id, g.completed_at, g.due_on
        from productivity.goal g
        where g.tenant_id = $1
        and g.completed_at >= $2
        and g.completed_at < $3
        and g.status = 'completed'
        and g.deleted_at is null
        and g.due_on is not null
        order by g.completed_at
        offset 0
    ) g
    join productivity.analysed_user u on u.tenant_id = $1 and u.id = g.user_id
    left join zone z on z.name = u.time_zone
) goal
