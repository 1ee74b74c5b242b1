-- The floor of commitment-scores: what its pages read, read at once for the whole gym, and the very rows that
-- it wrote, written at once from where they were kept.
with visit as (
    select
        a.member_id,
        array_agg(($2 at time zone 'UTC')::date - a.activity_date) filter (
            where a.activity_date <= ($2 at time zone 'UTC')::date
            and a.activity_date > ($2 at time zone 'UTC')::date - 90
        ) as recent,
        bool_or(a.activity_date > ($2 at time zone 'UTC')::date) as is_in_future,
        max(a.activity_date) filter (where a.activity_date <= ($2 at time zone 'UTC')::date - 90) as older
    from coaching.member_activity a
    where a.tenant_id = $1
    and a.activity_type in ('visit', 'check_in')
    group by a.member_id
),
feature as materialized (
    select
        m.id,
        m.status,
        m.joined_date,
        m.last_visit_date,
        m.weekly_target,
        m.member_stage,
        m.commitment_score,
        m.commitment_score_calculated_at,
        m.score_factors,
        m.habit_decay_index,
        m.disengagement_flags,
        m.behaviour_interpretation,
        visit.recent,
        visit.is_in_future,
        visit.older
    from coaching.member m
    left join visit on visit.member_id = m.id
    where m.tenant_id = $1
    and (m.status = 'active' or m.member_stage is distinct from 'win_back_window')
),
left_behind as (
    update coaching.member m
    set member_stage = 'win_back_window'
    from feature f
    where m.tenant_id = $1
    and m.id = f.id
    and m.status <> 'active'
    and m.member_stage is distinct from 'win_back_window'
    returning m.id
),
written as (
    update coaching.member m
    set
        commitment_score = k.score,
        score_factors = k.factors,
        member_stage = k.stage,
        habit_decay_index = k.decay,
        disengagement_flags = k.flags,
        behaviour_interpretation = k.interpretation,
        commitment_score_calculated_at = $2
    from feature f
    join public.kept k using (id)
    where m.tenant_id = $1
    and m.id = f.id
    and m.status = 'active'
    and (m.commitment_score_calculated_at is null or m.commitment_score_calculated_at <= $2)
    returning m.id, k.score, k.has_history, k.band
),
history as (
    insert into coaching.member_score_history (tenant_id, member_id, kind, scored_on, score, level, calculated_at)
    select $1, id, 'commitment', ($2 at time zone 'UTC')::date, score, band, $2
    from written
    where has_history
    returning id
)
select
    (select count(*) from written),
    (select count(*) from left_behind),
    (select count(*) from history)
