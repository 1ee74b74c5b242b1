-- The next active members, in the order of their ids: by the unique index (tenant_id, id); a member's visits
-- by the partial index on (tenant_id, member_id, activity_date), whose condition is repeated here.
--
-- The page begins at $2, which is never NULL, and leaves out $3, the id that it comes after. An expression
-- in place of the plain parameter would keep the comparison out of the index: under row level security only
-- what cannot leak goes in there.
--
-- The stored explanation comes along only where the result may be unchanged: where it is of the same local
-- day.
select
    m.id,
    m.joined_date,
    m.last_visit_date,
    m.churn_risk_score,
    m.churn_risk_level,
    m.last_risk_calculated_at is null as "is_first!",
    coalesce(m.last_risk_calculated_at > $4, false) as "is_newer!",
    case
        when m.last_risk_calculated_at >= $5 and m.last_risk_calculated_at < $6 then m.risk_factors
    end as factors_of_today,
    visit.recent,
    visit.is_in_future as "is_in_future!",
    older.newest as older
from coaching.member m
cross join lateral (
    select
        array_agg($7 - a.activity_date) filter (where a.activity_date <= $7) as recent,
        coalesce(bool_or(a.activity_date > $7), false) as is_in_future
    from coaching.member_activity a
    where a.tenant_id = $1
    and a.member_id = m.id
    and a.activity_type in ('visit', 'check_in')
    and a.activity_date > $7 - $8::integer
) visit
-- One step back in the index, and only for a member who has not come lately.
left join lateral (
    select max(a.activity_date) as newest
    from coaching.member_activity a
    where visit.recent is null
    and a.tenant_id = $1
    and a.member_id = m.id
    and a.activity_type in ('visit', 'check_in')
    and a.activity_date <= $7 - $8::integer
) older on true
where m.tenant_id = $1
and m.id >= $2
and m.id is distinct from $3
and m.status = 'active'
order by m.id
limit $9
