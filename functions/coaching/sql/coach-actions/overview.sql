-- What a coach's list cannot show: how many coaches there are, the members at risk whom nobody looks after,
-- and whether the risks are too old to go by. One pass over the gym's active members and one over its
-- assignments, in no order; one row.
select
    (
        select count(*)
        from coaching.coach c
        where c.tenant_id = $1
        and c.role = 'coach'
        and c.active
    ) as "coaches!",
    count(*) filter (
        where m.churn_risk_level in ('high', 'medium', 'low')
        and m.joined_date <= $2
        and assigned.member_id is null
    ) as "unassigned_at_risk!",
    count(*) > 0 and coalesce(max(m.last_risk_calculated_at) < $3, true) as "is_stale!"
from coaching.member m
left join (
    select mc.member_id
    from coaching.member_coach mc
    join coaching.coach c on c.tenant_id = mc.tenant_id and c.id = mc.coach_id
    where mc.tenant_id = $1
    and c.role = 'coach'
    and c.active
) assigned on assigned.member_id = m.id
where m.tenant_id = $1
and m.status = 'active'
