-- Writes what customers are typed as, one element of each of the first arrays a customer, the history of the types
-- that changed, and the marks of first orders. Customers and orders by the unique indexes (tenant_id, id).
--
-- A customer whom somebody changed since he was read keeps his types until the next run: a stage that was put on hold
-- meanwhile stays so. An order that is no purchase any more gets no mark.
with change as (
    select *
    from rows from (
        unnest($4::uuid[]), unnest($5::text[]), unnest($6::text[]), unnest($7::date[]), unnest($8::text[]),
        unnest($9::text[]), unnest($10::date[]),
        -- The planner takes any array for ten elements long, and a series for a thousand.
        generate_series(1, cardinality($4::uuid[]))
    ) as c (
        id, account_type_read, stage_read, last_order_date_read, account_type, stage,
        last_order_date, place
    )
),
typed as (
    update sales.customer t
    set
        account_type = c.account_type,
        lifecycle_stage = c.stage,
        last_order_date = c.last_order_date,
        account_type_updated_at = case
            when (c.account_type, c.stage) is distinct from (c.account_type_read, c.stage_read) then $2
            else t.account_type_updated_at
        end
    from change c
    where t.tenant_id = $1
    and t.id = c.id
    -- Said twice, so that every plan there is looks for these customers only.
    and t.id = any($4)
    and (c.account_type, c.stage, c.last_order_date)
        is distinct from (c.account_type_read, c.stage_read, c.last_order_date_read)
    and not t.is_permanently_closed
    and (t.account_type, t.lifecycle_stage, t.last_order_date)
        is not distinct from (c.account_type_read, c.stage_read, c.last_order_date_read)
    returning c.*
),
history as (
    insert into sales.customer_type_change (tenant_id, customer_id, field, old_value, new_value, changed_at, run_id)
    select $1, t.id, f.field, f.old_value, f.new_value, $2, $3
    from typed t
    cross join lateral (
        values ('account_type', t.account_type_read, t.account_type), ('lifecycle_stage', t.stage_read, t.stage)
    ) as f (field, old_value, new_value)
    where f.old_value is distinct from f.new_value
    -- The same clock again: what was before it stays what it was.
    on conflict (tenant_id, customer_id, field, changed_at) do update
    set
        new_value = excluded.new_value,
        run_id = excluded.run_id
),
mark as (
    select *
    from rows from (
        unnest($11::uuid[]), unnest($12::boolean[]), generate_series(1, cardinality($11::uuid[]))
    ) as m (order_id, is_first, place)
),
marked as (
    update sales."order" o
    set is_first_order = m.is_first
    from mark m
    where o.tenant_id = $1
    and o.id = m.order_id
    and o.id = any($11)
    and o.is_first_order <> m.is_first
    and (not m.is_first or o.delivered_at < $2 and o.status <> 'CANCELLED' and o.total > 0)
    returning m.is_first
)
select
    (select count(*) from typed) as "changed!",
    (select count(*) from typed where account_type is distinct from account_type_read) as "account_type_changed!",
    (select count(*) from typed where stage is distinct from stage_read) as "lifecycle_changed!",
    (select count(*) from typed where last_order_date is distinct from last_order_date_read)
        as "last_order_date_changed!",
    (select count(*) from marked where is_first) as "first_orders_marked!",
    (select count(*) from marked where not is_first) as "first_orders_cleared!"
