-- What was put into the application for him.
insert into platform.notification
select w.*
from public.kept k
cross join lateral unnest(array[k.notification]) w
where k.tenant_id = $1
and k.id = $2
and k.notification is distinct from null
and $3::timestamptz is not null
