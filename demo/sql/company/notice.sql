-- The notice of a kind that says most.
select n.title, n.body, u.display_name as "display_name!"
from platform.notification n
join productivity.app_user u on u.tenant_id = $1 and u.id = n.recipient_id
where n.tenant_id = $1
and n.kind = $2
order by length(n.body) desc, n.dedupe_key
limit 1
