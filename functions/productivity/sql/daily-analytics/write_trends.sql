-- Makes those given the trends of the days $2, one element of each array from $3 on a trend: writes those that are new or
-- differ and deletes the others, by the primary key. What stays as it is is neither locked nor rewritten.
with trend as materialized (
    select *
    from rows from (
        unnest($3::date[]), unnest($4::text[]), unnest($5::text[]), unnest($6::numeric[]), unnest($7::numeric[]),
        unnest($8::numeric[]), unnest($9::text[]), unnest($10::text[]), generate_series(1, cardinality($3::date[]))
    ) as t (day, metric, basis, previous, current, change_pct, direction, level, place)
),
written as (
    insert into productivity.metric_trend (
        tenant_id, day, metric, basis, previous, current, change_pct, direction, level
    )
    select $1, t.day, t.metric, t.basis, t.previous, t.current, t.change_pct, t.direction, t.level
    from trend t
    left join lateral (
        select *
        from productivity.metric_trend m
        where m.tenant_id = $1
        and m.day = t.day
        and m.metric = t.metric
        and m.basis = t.basis
        limit 1
    ) stored on true
    where (stored.previous, stored.current, stored.change_pct, stored.direction, stored.level)
        is distinct from (t.previous, t.current, t.change_pct, t.direction, t.level)
    on conflict (tenant_id, day, metric, basis) do update
    set
        previous = excluded.previous,
        current = excluded.current,
        change_pct = excluded.change_pct,
        direction = excluded.direction,
        level = excluded.level
)
delete from productivity.metric_trend m
where m.tenant_id = $1
and m.day = any($2)
and (m.day, m.metric, m.basis) not in (
    select t.day, t.metric, t.basis
    from trend t
)
