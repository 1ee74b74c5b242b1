-- Writes the risks of active members, one element of each array a member, the history of those whose score
-- has changed, and an event for each whose level has. Members by the unique index (tenant_id, id). A member
-- who was written meanwhile by a later run, or is active no more, is left alone and not in the counts.
with change as (
    select *
    from rows from (
        unnest($4::uuid[]), unnest($5::integer[]), unnest($6::text[]), unnest($7::jsonb[]), unnest($8::boolean[]),
        unnest($9::boolean[]), unnest($10::text[]),
        -- The planner takes any array for ten elements long, and a series for a thousand.
        generate_series(1, cardinality($4::uuid[]))
    ) as c (id, score, level, factors, has_history, has_event, from_level, place)
),
written as (
    update coaching.member m
    set
        churn_risk_score = c.score,
        churn_risk_level = c.level,
        risk_factors = c.factors,
        last_risk_calculated_at = $2
    from change c
    where m.tenant_id = $1
    and m.id = c.id
    -- Said twice, so that every plan there is looks for these members only.
    and m.id = any($4)
    and m.status = 'active'
    and (m.last_risk_calculated_at is null or m.last_risk_calculated_at <= $2)
    returning m.id
),
history as (
    insert into coaching.member_score_history as h
        (tenant_id, member_id, kind, scored_on, score, level, calculated_at)
    select $1, c.id, 'risk', $3, c.score, c.level, $2
    from change c
    join written using (id)
    where c.has_history
    on conflict (tenant_id, member_id, kind, scored_on) do update
    set
        score = excluded.score,
        level = excluded.level,
        calculated_at = excluded.calculated_at
    where h.calculated_at <= excluded.calculated_at
    returning h.id
),
event as (
    insert into coaching.member_risk_event (tenant_id, member_id, occurred_at, from_level, to_level, score)
    select $1, c.id, $2, c.from_level, c.level, c.score
    from change c
    join written using (id)
    where c.has_event
    on conflict (tenant_id, member_id, occurred_at) do nothing
    returning to_level
)
select
    (select count(*) from written) as "updated!",
    (select count(*) from history) as "history_rows!",
    (select count(*) from event) as "level_changed!",
    (select count(*) from event where to_level = 'high') as "became_high!"
