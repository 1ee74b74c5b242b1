-- Ends the episodes of people who came back, by the index of the open ones; the people by the unique index (tenant_id, id).
update productivity.reengagement_episode e
set closed_at = $2
from productivity.app_user u
where e.tenant_id = $1
and e.closed_at is null
and u.tenant_id = $1
and u.id = e.user_id
and u.last_activity_at > e.last_sent_at
and u.last_activity_at <= $2
