-- Writes the results of active members, one element of each array a member, and the history of those whose
-- score has changed. Members by the unique index (tenant_id, id). A member who was written meanwhile by a
-- later run, or is active no more, is left alone and not in the counts.
with change as (
    select *
    from rows from (
        unnest($4::uuid[]), unnest($5::integer[]), unnest($6::jsonb[]), unnest($7::text[]), unnest($8::integer[]),
        unnest($9::text[]), unnest($10::text[]), unnest($11::text[]), unnest($12::boolean[]),
        -- The planner takes any array for ten elements long, and a series for a thousand.
        generate_series(1, cardinality($4::uuid[]))
    ) as c (id, score, factors, stage, decay, flags, interpretation, band, has_history, place)
),
written as (
    update coaching.member m
    set
        commitment_score = c.score,
        score_factors = c.factors,
        member_stage = c.stage,
        habit_decay_index = c.decay,
        -- Arrays of arrays cannot be taken apart, so the flags come as one text each.
        disengagement_flags = string_to_array(c.flags, ','),
        behaviour_interpretation = c.interpretation,
        commitment_score_calculated_at = $2
    from change c
    where m.tenant_id = $1
    and m.id = c.id
    -- Said twice, so that every plan there is looks for these members only.
    and m.id = any($4)
    and m.status = 'active'
    and (m.commitment_score_calculated_at is null or m.commitment_score_calculated_at <= $2)
    returning m.id
),
history as (
    insert into coaching.member_score_history as h
        (tenant_id, member_id, kind, scored_on, score, level, calculated_at)
    select $1, c.id, 'commitment', $3, c.score, c.band, $2
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
)
select
    (select count(*) from written) as "updated!",
    (select count(*) from history) as "history_rows!"
