-- The users that a limit leaves, those first whose metrics are oldest ($7 of them), page by page from the last of them
-- to the first: whoever has been measured moves up, out of the way of the pages to come. Users, workouts and metrics as
-- in select.sql, and when each was measured by the index (tenant_id, user_id, computed_at); every page goes through all users of the app, since nothing says beforehand whose metrics are oldest.
--
-- The page comes after $2 and $3: when the last user of the page before it was measured, if ever, and his id. No id: it
-- is the first page.
with selected as materialized (
    select
        u.id,
        u.time_zone,
        last.start_time as last_at,
        coalesce(measured.computed_at, '-infinity') as computed_at,
        newest.metrics_date,
        newest.consistency_score,
        newest.dropout_risk,
        newest.burnout_risk,
        newest.momentum_trend,
        newest.adherence_type,
        newest.mistake_key
    from training.app_user u
    cross join lateral (
        select w.start_time
        from training.workout w
        where w.tenant_id = $1
        and w.user_id = u.id
        and w.lifecycle_status = 'finalized'
        and w.completion_status in ('completed', 'partial')
        and w.start_time <= $4
        order by w.start_time desc
        limit 1
    ) last
    left join lateral (
        select m.*
        from training.behavior_metric m
        where m.tenant_id = $1
        and m.user_id = u.id
        order by m.metrics_date desc
        limit 1
    ) newest on true
    left join lateral (
        select m.computed_at
        from training.behavior_metric m
        where m.tenant_id = $1
        and m.user_id = u.id
        order by m.computed_at desc
        limit 1
    ) measured on true
    where u.tenant_id = $1
    and (u.disabled_at is null or u.disabled_at > $4)
    and (last.start_time >= $5 or newest.workouts_last_14_days > 0)
),
last_of_limit as (
    select s.computed_at, s.id
    from selected s
    order by s.computed_at, s.id
    offset $7::bigint - 1
    limit 1
)
select
    s.id as "id!",
    s.time_zone,
    s.last_at as "last_at!",
    nullif(s.computed_at, '-infinity') as "computed_at?",
    s.metrics_date as "metrics_date?",
    s.consistency_score as "consistency_score?",
    s.dropout_risk as "dropout_risk?",
    s.burnout_risk as "burnout_risk?",
    s.momentum_trend as "momentum_trend?",
    s.adherence_type as "adherence_type?",
    s.mistake_key as "mistake_key?"
from selected s
left join last_of_limit l on true
where case
    when $3::uuid is not null then (s.computed_at, s.id) < (coalesce($2::timestamptz, '-infinity'), $3::uuid)
    when l.id is not null then (s.computed_at, s.id) <= (l.computed_at, l.id)
    else true
end
order by s.computed_at desc, s.id desc
limit $6
