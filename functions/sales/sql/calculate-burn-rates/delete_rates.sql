-- Deletes paces, one element of each array a customer and product, by the unique index (tenant_id, customer_id, sku_id).
delete from sales.customer_sku_rate r
using rows from (
    unnest($2::uuid[]), unnest($3::uuid[]),
    -- The planner takes any array for ten elements long, and a series for a thousand.
    generate_series(1, cardinality($2::uuid[]))
) as gone (customer_id, sku_id, place)
where r.tenant_id = $1
and r.customer_id = gone.customer_id
and r.sku_id = gone.sku_id
-- Said twice, so that every plan there is looks for these paces only.
and r.customer_id = any($2)
