-- Flags tastings that led to an order, and takes the flag from those that do no more, one element of each array a
-- tasting, by the unique index (tenant_id, id). A flag that a person set, meanwhile too, is left alone.
with change as (
    select *
    from rows from (
        unnest($2::uuid[]), unnest($3::uuid[]), unnest($4::timestamptz[]),
        -- The planner takes any array for ten elements long, and a series for a thousand.
        generate_series(1, cardinality($2::uuid[]))
    ) as c (id, order_id, ordered_at, place)
),
flagged as (
    update sales.sample_usage t
    set
        resulted_in_order = c.order_id is not null,
        converted_order_id = c.order_id,
        converted_at = c.ordered_at,
        converted_by = case when c.order_id is not null then 'job' end
    from change c
    where t.tenant_id = $1
    and t.id = c.id
    -- Said twice, so that every plan there is looks for these tastings only.
    and t.id = any($2)
    and (t.converted_by = 'job' or t.converted_by is null and not t.resulted_in_order)
    returning t.resulted_in_order
)
select
    count(*) filter (where resulted_in_order) as "flagged!",
    count(*) filter (where not resulted_in_order) as "unflagged!"
from flagged
