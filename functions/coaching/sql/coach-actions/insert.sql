-- Gives coaches their actions, one element of each array an action. The unique key of the job's own actions
-- lets no coach get two for a member and day; an action that meets it is not in the answer.
insert into coaching.coach_action (
    tenant_id, coach_id, member_id, action_type, title, description, priority, due_date, source, risk_score,
    days_absent, updated_at
)
select
    $1, a.coach_id, a.member_id, a.action_type, a.title, a.description, a.priority, $3, 'system', a.risk_score,
    a.days_absent, $2
from unnest(
    $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::text[], $10::smallint[], $11::integer[]
) as a (coach_id, member_id, action_type, title, description, priority, risk_score, days_absent)
on conflict (tenant_id, coach_id, member_id, due_date) where source = 'system' do nothing
returning action_type
