-- Expires the job's own actions that nobody has got to, by the index on the open actions' due dates.
update coaching.coach_action
set
    expired_at = $2,
    updated_at = $2
where tenant_id = $1
and source = 'system'
and completed_at is null
and expired_at is null
and due_date < $3
