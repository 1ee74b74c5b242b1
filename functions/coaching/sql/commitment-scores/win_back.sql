-- Moves members who have left to the last stage, whatever the age of their results. By the unique index
-- (tenant_id, id).
update coaching.member
set member_stage = 'win_back_window'
where tenant_id = $1
and id = any($2)
and status <> 'active'
and member_stage is distinct from 'win_back_window'
