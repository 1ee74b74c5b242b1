-- Writes what was found out about products where it differs from what is stored, one element of each array a product.
-- Products by the unique index (tenant_id, id), the figures of their demand by (tenant_id, sku_id). Rows that hold the
-- result already are neither locked nor rewritten, and keep the time of their last change.
--
-- A new row takes the product's id for its own: ids that ascend with the page fill the indexes side by side, and whoever
-- does the work over again makes the same row.
with change as (
    select
        id, burn_rate, reorder_point, days_of_supply, days_in_period, days_with_demand, total_units, sample_units,
        daily_mean, daily_sd, zero_day_percent, cv, pattern, lead_days, lead_sd_days, month_factor, month_source,
        available, inventory_position, confidence,
        -- Arrays of arrays cannot be taken apart, so the indices come as one text each.
        string_to_array(weekday_index, ' ')::numeric(6,3)[] as weekday_index
    from rows from (
        unnest($4::uuid[]), unnest($5::numeric[]), unnest($6::integer[]), unnest($7::numeric[]),
        unnest($8::integer[]), unnest($9::integer[]), unnest($10::integer[]), unnest($11::integer[]),
        unnest($12::numeric[]), unnest($13::numeric[]), unnest($14::numeric[]), unnest($15::numeric[]),
        unnest($16::text[]), unnest($17::integer[]), unnest($18::numeric[]), unnest($19::text[]),
        unnest($20::numeric[]), unnest($21::text[]), unnest($22::integer[]), unnest($23::integer[]),
        unnest($24::text[]),
        -- The planner takes any array for ten elements long, and a series for a thousand.
        generate_series(1, cardinality($4::uuid[]))
    ) as c (
        id, burn_rate, reorder_point, days_of_supply, days_in_period, days_with_demand, total_units, sample_units,
        daily_mean, daily_sd, zero_day_percent, cv, pattern, lead_days, lead_sd_days, weekday_index,
        month_factor, month_source, available, inventory_position, confidence, place
    )
),
product as (
    update sales.sku s
    set
        burn_rate = c.burn_rate,
        reorder_point = c.reorder_point,
        days_of_supply = c.days_of_supply,
        burn_rate_updated_at = $2
    from change c
    where s.tenant_id = $1
    and s.id = c.id
    -- Said twice, so that every plan there is looks for these products only.
    and s.id = any($4)
    and s.is_active
    and (s.burn_rate, s.reorder_point, s.days_of_supply) is distinct from (c.burn_rate, c.reorder_point, c.days_of_supply)
    returning s.id
),
demand as (
    insert into sales.sku_demand (
        id, tenant_id, sku_id, days_in_period, days_with_demand, total_units, sample_units, daily_mean, daily_sd,
        zero_day_percent, cv, pattern, lead_days, lead_sd_days, z, weekday_index, month_factor, month_source, available,
        inventory_position, confidence, calculated_at
    )
    select
        c.id, $1, c.id, c.days_in_period, c.days_with_demand, c.total_units, c.sample_units, c.daily_mean, c.daily_sd,
        c.zero_day_percent, c.cv, c.pattern, c.lead_days, c.lead_sd_days, $3, c.weekday_index, c.month_factor,
        c.month_source, c.available, c.inventory_position, c.confidence, $2
    from change c
    -- The first stored row from the product on, if it is its own. In that order there is one index.
    left join lateral (
        select *
        from sales.sku_demand d
        where d.tenant_id = $1
        and d.sku_id >= c.id
        order by d.sku_id
        limit 1
    ) stored on stored.sku_id = c.id
    where (
        stored.days_in_period, stored.days_with_demand, stored.total_units, stored.sample_units, stored.daily_mean,
        stored.daily_sd, stored.zero_day_percent, stored.cv, stored.pattern, stored.lead_days, stored.lead_sd_days,
        stored.z, stored.weekday_index, stored.month_factor, stored.month_source, stored.available,
        stored.inventory_position, stored.confidence
    ) is distinct from (
        c.days_in_period, c.days_with_demand, c.total_units, c.sample_units, c.daily_mean, c.daily_sd,
        c.zero_day_percent, c.cv, c.pattern, c.lead_days, c.lead_sd_days, $3::numeric, c.weekday_index, c.month_factor,
        c.month_source, c.available, c.inventory_position, c.confidence
    )
    on conflict (tenant_id, sku_id) do update
    set
        days_in_period = excluded.days_in_period,
        days_with_demand = excluded.days_with_demand,
        total_units = excluded.total_units,
        sample_units = excluded.sample_units,
        daily_mean = excluded.daily_mean,
        daily_sd = excluded.daily_sd,
        zero_day_percent = excluded.zero_day_percent,
        cv = excluded.cv,
        pattern = excluded.pattern,
        lead_days = excluded.lead_days,
        lead_sd_days = excluded.lead_sd_days,
        z = excluded.z,
        weekday_index = excluded.weekday_index,
        month_factor = excluded.month_factor,
        month_source = excluded.month_source,
        available = excluded.available,
        inventory_position = excluded.inventory_position,
        confidence = excluded.confidence,
        calculated_at = excluded.calculated_at
    returning sku_id
)
select count(*) as "updated!"
from (
    select id from product
    union
    select sku_id from demand
) written
