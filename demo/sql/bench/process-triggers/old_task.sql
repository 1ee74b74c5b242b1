-- The task of one occasion.
insert into sales.task
select k.*
from public.kept_task k
where k.tenant_id = $1
and k.trigger_execution_id = $2
and $3 is not null
on conflict (id) do nothing
