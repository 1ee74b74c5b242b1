-- The e-mail that was sent to him.
insert into platform.message
select w.*
from public.kept k
cross join lateral unnest(array[k.message]) w
where k.tenant_id = $1
and k.id = $2
and k.message is distinct from null
and $3::timestamptz is not null
