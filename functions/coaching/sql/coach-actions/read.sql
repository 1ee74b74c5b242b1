-- The next members at risk who have a coach, in the order of their ids, with their visits and what the
-- coach was asked about them before. By the unique index (tenant_id, id); the assignment by its unique index
-- (tenant_id, member_id), the coach by (tenant_id, id); a member's visits by the partial index on
-- (tenant_id, member_id, activity_date), whose condition is repeated here; the pair's actions by the index
-- (tenant_id, member_id, coach_id, action_type).
--
-- The page begins at $2, which is never NULL, and leaves out $3, the id that it comes after. An expression
-- in place of the plain parameter would keep the comparison out of the index: under row level security only
-- what cannot leak goes in there.
select
    m.id,
    m.first_name,
    m.last_name,
    m.joined_date,
    m.last_visit_date,
    -- An infinite one is no instant.
    case when isfinite(m.last_campaign_at) then m.last_campaign_at end as last_campaign_at,
    m.commitment_score,
    m.churn_risk_score as "churn_risk_score!",
    m.churn_risk_level as "churn_risk_level!",
    assigned.coach_id,
    visit.recent,
    visit.is_in_future as "is_in_future!",
    older.newest as older,
    past.exists_today as "exists_today!",
    past.types as "types: Vec<String>",
    past.completed as "completed: Vec<Option<DateTime<Utc>>>",
    past.open_due as "open_due: Vec<Option<NaiveDate>>"
from coaching.member m
-- A member has one coach, and the limit says so to the planner: it looks the coach up for the members of the
-- page. A plain join it may do the other way round, for every member of the gym and for every page.
cross join lateral (
    select mc.coach_id
    from coaching.member_coach mc
    join coaching.coach c on c.tenant_id = mc.tenant_id and c.id = mc.coach_id
    where mc.tenant_id = $1
    and mc.member_id = m.id
    and c.role = 'coach'
    and c.active
    order by mc.member_id
    limit 1
) assigned
cross join lateral (
    select
        array_agg($5 - a.activity_date) filter (where a.activity_date <= $5) as recent,
        coalesce(bool_or(a.activity_date > $5), false) as is_in_future
    from coaching.member_activity a
    where a.tenant_id = $1
    and a.member_id = m.id
    and a.activity_type in ('visit', 'check_in')
    and a.activity_date > $5 - $6::integer
) visit
-- One step back in the index, and only for a member who has not come lately.
left join lateral (
    select max(a.activity_date) as newest
    from coaching.member_activity a
    where visit.recent is null
    and a.tenant_id = $1
    and a.member_id = m.id
    and a.activity_type in ('visit', 'check_in')
    and a.activity_date <= $5 - $6::integer
) older on true
cross join lateral (
    select
        coalesce(bool_or(of_type.exists_today), false) as exists_today,
        array_agg(of_type.action_type) as types,
        array_agg(of_type.completed) as completed,
        array_agg(of_type.open_due) as open_due
    from (
        select
            ca.action_type,
            bool_or(ca.source = 'system' and ca.due_date = $5) as exists_today,
            max(ca.completed_at) filter (where ca.completed_at <= $4 and isfinite(ca.completed_at)) as completed,
            -- Later than today is as good as today, and an infinite date is no date.
            max(least(ca.due_date, $5)) filter (
                where ca.completed_at is null and ca.expired_at is null
            ) as open_due
        from coaching.coach_action ca
        where ca.tenant_id = $1
        and ca.member_id = m.id
        and ca.coach_id = assigned.coach_id
        group by ca.action_type
    ) of_type
) past
where m.tenant_id = $1
and m.id >= $2
and m.id is distinct from $3
and m.status = 'active'
and m.churn_risk_level in ('high', 'medium', 'low')
and m.joined_date <= $5
order by m.id
limit $7
