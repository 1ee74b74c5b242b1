-- The floor of at-risk-detection: what its pages read, read at once for the whole gym, and the very rows that
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
        m.joined_date,
        m.last_visit_date,
        m.churn_risk_score,
        m.churn_risk_level,
        m.last_risk_calculated_at,
        m.risk_factors,
        visit.recent,
        visit.is_in_future,
        visit.older
    from coaching.member m
    left join visit on visit.member_id = m.id
    where m.tenant_id = $1
    and m.status = 'active'
),
written as (
    update coaching.member m
    set
        churn_risk_score = k.score,
        churn_risk_level = k.level,
        risk_factors = k.factors,
        last_risk_calculated_at = $2
    from feature f
    join public.kept k using (id)
    where m.tenant_id = $1
    and m.id = f.id
    and m.status = 'active'
    and (m.last_risk_calculated_at is null or m.last_risk_calculated_at <= $2)
    returning m.id, k.score, k.level, k.has_history, k.has_event, k.from_level
),
history as (
    insert into coaching.member_score_history (tenant_id, member_id, kind, scored_on, score, level, calculated_at)
    select $1, id, 'risk', ($2 at time zone 'UTC')::date, score, level, $2
    from written
    where has_history
    returning id
),
event as (
    insert into coaching.member_risk_event (tenant_id, member_id, occurred_at, from_level, to_level, score)
    select $1, id, $2, from_level, level, score
    from written
    where has_event
    returning id
)
select
    (select count(*) from written),
    (select count(*) from history),
    (select count(*) from event)
