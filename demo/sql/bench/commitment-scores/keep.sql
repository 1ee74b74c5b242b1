-- What commitment-scores has written, a row a member, for the floor and the old way to write again.
copy (
    select
        m.tenant_id,
        m.id,
        m.commitment_score,
        m.score_factors,
        m.member_stage,
        m.habit_decay_index,
        m.disengagement_flags,
        m.behaviour_interpretation,
        h.id is not null,
        h.level
    from coaching.member m
    left join coaching.member_score_history h on h.member_id = m.id and h.kind = 'commitment'
    where m.commitment_score_calculated_at is not null
    order by m.id
) to stdout (format binary)
