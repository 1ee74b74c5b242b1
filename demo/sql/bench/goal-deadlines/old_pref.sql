-- What somebody wants to be told, as the replaced program asked for each.
select r.address, r.goal_reminders, r.in_app_enabled, r.first_name, $3::timestamptz
from productivity.recipient r
where r.tenant_id = $1
and r.id = $2
