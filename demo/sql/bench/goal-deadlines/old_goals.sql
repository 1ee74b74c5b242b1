-- His goals that are due, one person at a time.
select g.id, g.title, g.due_on, g.progress, g.priority
from productivity.goal g
where g.tenant_id = $1
and g.user_id = $2
and g.status in ('not_started', 'in_progress')
and g.archived_at is null
and g.deleted_at is null
and g.due_on between $3::timestamptz::date - 4 and $3::timestamptz::date + 9
