-- One group's figures, as the replaced program wrote each.
insert into sales.sample_metric
select k.*
from public.kept_sample_metric k
where k.tenant_id = $1
and k.id = $2
and $3 is not null
