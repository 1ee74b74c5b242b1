-- The open actions of a gym's coaches, each coach's in the order in which an inbox lists them.
select
    coach.id as coach_id, coach.first_name, coach.last_name,
    action.priority, action.title, action.description, action.due_date
from coaching.coach_action action
join coaching.coach coach on coach.tenant_id = action.tenant_id and coach.id = action.coach_id
join coaching.member member on member.tenant_id = action.tenant_id and member.id = action.member_id
where action.tenant_id = $1
and action.completed_at is null
and action.expired_at is null
order by
    coach.last_name, coach.first_name, coach.id,
    array_position('{high,medium,low}', action.priority), action.risk_score desc nulls last,
    action.days_absent desc nulls first, member.last_name, member.first_name, member.id
