-- Its mails and calls.
insert into platform.message
select k.*
from public.kept_trigger_execution e
join public.kept_message k
    on k.tenant_id = $1
    and starts_with(k.dedupe_key, 'trigger:' || e.trigger_id || ':' || e.dedupe_key)
where e.tenant_id = $1
and e.id = $2
and $3 is not null
