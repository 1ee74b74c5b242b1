-- One occasion, as the replaced program noted each.
insert into sales.trigger_execution
select k.*
from public.kept_trigger_execution k
where k.tenant_id = $1
and k.id = $2
and $3 is not null
on conflict (id) do update
set
    status = excluded.status,
    skip_reason = excluded.skip_reason,
    error_message = excluded.error_message,
    executed_at = excluded.executed_at,
    executed_on = excluded.executed_on
