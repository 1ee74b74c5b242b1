-- Writes how the parts of the application were used in a month ($2), one element of each array a part. A row that is so
-- already is neither locked nor rewritten. By the key (tenant_id, month, feature).
insert into productivity.feature_usage (tenant_id, month, feature, users, events, adoption)
select $1, $2, f.feature, f.users, f.events, f.adoption
from (
    select *
    from unnest($3::text[], $4::integer[], $5::integer[], $6::numeric[]) as f (feature, users, events, adoption)
    except
    select u.feature, u.users, u.events, u.adoption
    from productivity.feature_usage u
    where u.tenant_id = $1
    and u.month = $2
) f
on conflict (tenant_id, month, feature) do update
set
    users = excluded.users,
    events = excluded.events,
    adoption = excluded.adoption
