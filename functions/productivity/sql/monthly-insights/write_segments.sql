-- Writes the segments of a month ($2) that are new or differ from the stored ones, one element of each array a user. By
-- the key (tenant_id, month, user_id).
insert into productivity.user_segment (tenant_id, month, user_id, segment, previous_segment)
select $1, $2, c.user_id, c.segment, c.previous_segment
from rows from (
    unnest($3::uuid[]), unnest($4::text[]), unnest($5::text[]),
    -- The planner takes any array for ten elements long, and a series for a thousand.
    generate_series(1, cardinality($3::uuid[]))
) as c (user_id, segment, previous_segment, place)
left join lateral (
    select g.segment, g.previous_segment
    from productivity.user_segment g
    where g.tenant_id = $1
    and g.month = $2
    and g.user_id = c.user_id
    order by g.user_id
    limit 1
) stored on true
where (stored.segment, stored.previous_segment) is distinct from (c.segment, c.previous_segment)
on conflict (tenant_id, month, user_id) do update
set
    segment = excluded.segment,
    previous_segment = excluded.previous_segment
