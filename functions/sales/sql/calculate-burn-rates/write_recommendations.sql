-- Writes the recommendations of the date $2 that are new or differ from the stored ones, one element of each array a
-- product, and deletes those of that date that products $9 have no longer. By the unique index (tenant_id, sku_id,
-- calc_date).
with change as (
    select *
    from rows from (
        unnest($3::uuid[]), unnest($4::integer[]), unnest($5::date[]), unnest($6::integer[]), unnest($7::integer[]),
        unnest($8::text[]),
        -- The planner takes any array for ten elements long, and a series for a thousand.
        generate_series(1, cardinality($3::uuid[]))
    ) as c (sku_id, quantity, order_by_date, reorder_point, inventory_position, reason, place)
),
written as (
    insert into sales.inventory_recommendation (
        tenant_id, sku_id, calc_date, quantity, order_by_date, reorder_point, inventory_position, reason
    )
    select
        $1, c.sku_id, $2, c.quantity, c.order_by_date, c.reorder_point, c.inventory_position, c.reason
    from change c
    left join lateral (
        select *
        from sales.inventory_recommendation r
        where r.tenant_id = $1
        and r.sku_id = c.sku_id
        and r.calc_date >= $2
        order by r.sku_id, r.calc_date
        limit 1
    ) stored on stored.calc_date = $2
    where (
        stored.quantity, stored.order_by_date, stored.reorder_point, stored.inventory_position, stored.reason
    ) is distinct from (c.quantity, c.order_by_date, c.reorder_point, c.inventory_position, c.reason)
    on conflict (tenant_id, sku_id, calc_date) do update
    set
        quantity = excluded.quantity,
        order_by_date = excluded.order_by_date,
        reorder_point = excluded.reorder_point,
        inventory_position = excluded.inventory_position,
        reason = excluded.reason
),
deleted as (
    delete from sales.inventory_recommendation
    where tenant_id = $1
    and sku_id = any($9)
    and calc_date = $2
    returning id
)
select count(*) as "deleted!"
from deleted
