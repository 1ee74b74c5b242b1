-- Its owner's notice.
insert into platform.notification
select k.*
from public.kept_trigger_execution e
join public.kept_notification k on k.tenant_id = $1 and k.dedupe_key = 'trigger:' || e.trigger_id || ':' || e.dedupe_key
where e.tenant_id = $1
and e.id = $2
and $3 is not null
