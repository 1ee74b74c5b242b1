-- The next analysed users in the order of their ids of whom a focus session ended from $5 to before $6, with those that ended
-- since $7, how often each went on after a completed one that ended since then and before $8, and what is stored. Users by the
-- unique index (tenant_id, id), sessions by (tenant_id, user_id, ended_at), profiles by the primary key.
--
-- A user's sessions are asked for by pairs of user and instant as well, which say nothing more but are in the order of that
-- index alone: so a plan that was made for a single user is still good for all.
--
-- The page begins at $2, which is never NULL, and leaves out $3, the id that it comes after.
select
    u.id as "id!",
    u.time_zone as "time_zone!",
    session.done as "sessions: Vec<Session>",
    went_on.base as "adherence_base!",
    went_on.kept as "adherence_kept!",
    stored.sample as "sample?",
    stored.preferred_type as "preferred_type?",
    stored.best_daypart as "best_daypart?",
    stored.usual_hour as "usual_hour?",
    stored.median_seconds as "median_seconds?",
    stored.completion_rate as "completion_rate?",
    stored.break_adherence as "break_adherence?"
from productivity.analysed_user u
cross join lateral (
    select s.user_id
    from productivity.timer_session s
    where s.tenant_id = $1
    and s.user_id = u.id
    and (s.user_id, s.ended_at) >= (u.id, $5)
    and s.ended_at >= $5
    and s.ended_at < $6
    and s.type <> 'break'
    order by s.ended_at
    limit 1
) recent
cross join lateral (
    -- As the fields of `Session`.
    select array_agg(row(
        s.started_at,
        s.type,
        s.capped_seconds,
        s.is_counted,
        s.status = 'completed'
    )) as done
    from (
        select *
        from productivity.ended_session s
        where s.tenant_id = $1
        and s.user_id = u.id
        and (s.user_id, s.ended_at) >= (u.id, $7)
        and s.ended_at >= $7
        and s.ended_at < $6
        and s.is_focus
        order by s.ended_at
    ) s
) session
cross join lateral (
    select count(*) as base, count(*) filter (where w.is_after_break) as kept
    from (
        select w.is_after_break
        from productivity.resumed_work w
        where w.tenant_id = $1
        and w.user_id = u.id
        and (w.user_id, w.ended_at) >= (u.id, $7)
        and w.ended_at >= $7
        and w.ended_at < $8
        order by w.ended_at
    ) w
) went_on
left join lateral (
    select *
    from productivity.user_behavior_profile p
    where p.tenant_id = $1
    and p.user_id = u.id
    limit 1
) stored on true
where u.tenant_id = $1
and u.id >= $2
and u.id is distinct from $3
order by u.id
limit $4
