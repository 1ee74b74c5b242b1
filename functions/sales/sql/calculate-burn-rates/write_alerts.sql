-- Opens, updates and resolves alerts, one element of each array a product and family. Open alerts by the partial unique
-- index (tenant_id, sku_id, alert_family). One without a type is resolved.
with change as (
    select *
    from rows from (
        unnest($3::uuid[]), unnest($4::text[]), unnest($5::boolean[]), unnest($6::text[]), unnest($7::text[]),
        unnest($8::text[]), unnest($9::integer[]), unnest($10::integer[]), unnest($11::numeric[]),
        generate_series(1, cardinality($3::uuid[]))
    ) as c (
        sku_id, alert_family, is_open, alert_type, severity, message, available, reorder_point, days_of_supply, place
    )
),
opened as (
    insert into sales.inventory_alert (
        tenant_id, sku_id, alert_family, alert_type, severity, message, available, reorder_point, days_of_supply,
        opened_at
    )
    select
        $1, c.sku_id, c.alert_family, c.alert_type, c.severity, c.message, c.available, c.reorder_point,
        c.days_of_supply, $2
    from change c
    where not c.is_open
    -- Somebody opened one meanwhile.
    on conflict (tenant_id, sku_id, alert_family) where not resolved do nothing
    returning id
),
updated as (
    update sales.inventory_alert a
    set
        alert_type = c.alert_type,
        severity = c.severity,
        message = c.message,
        available = c.available,
        reorder_point = c.reorder_point,
        days_of_supply = c.days_of_supply
    from change c
    where a.tenant_id = $1
    and a.sku_id = c.sku_id
    -- Said twice, here and below, so that every plan there is looks for these alerts only.
    and a.sku_id = any($3)
    and a.alert_family = c.alert_family
    and not a.resolved
    and c.is_open
    and c.alert_type is not null
    returning a.id
),
resolved as (
    update sales.inventory_alert a
    set
        resolved = true,
        resolved_at = $2
    from change c
    where a.tenant_id = $1
    and a.sku_id = c.sku_id
    and a.sku_id = any($3)
    and a.alert_family = c.alert_family
    and not a.resolved
    and c.is_open
    and c.alert_type is null
    returning a.id
)
select
    (select count(*) from opened) as "opened!",
    (select count(*) from updated) as "updated!",
    (select count(*) from resolved) as "resolved!"
