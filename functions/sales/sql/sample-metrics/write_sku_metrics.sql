-- Writes what samples of products led to on a date ($2), as the metrics of groups are written.
with measured as (
    select
        window_days, sku_id, samples_given, units_given, customers_sampled, conversions, conversion_rate,
        matured_samples, matured_conversions, matured_conversion_rate, average_days_to_convert, revenue,
        revenue_per_sample
    from rows from (
        unnest($4::integer[]), unnest($5::uuid[]), unnest($6::bigint[]), unnest($7::bigint[]),
        unnest($8::bigint[]), unnest($9::bigint[]), unnest($10::numeric[]), unnest($11::bigint[]),
        unnest($12::bigint[]), unnest($13::numeric[]), unnest($14::numeric[]), unnest($15::numeric[]),
        unnest($16::numeric[]),
        -- The planner takes any array for ten elements long, and a series for a thousand.
        generate_series(1, cardinality($4::integer[]))
    ) as m (
        window_days, sku_id, samples_given, units_given, customers_sampled, conversions, conversion_rate,
        matured_samples, matured_conversions, matured_conversion_rate, average_days_to_convert, revenue,
        revenue_per_sample, place
    )
),
changed as (
    select
        window_days, sku_id, samples_given, units_given, customers_sampled, conversions, conversion_rate,
        matured_samples, matured_conversions, matured_conversion_rate, average_days_to_convert, revenue,
        revenue_per_sample
    from measured
    except
    select
        window_days, sku_id, samples_given, units_given, customers_sampled, conversions, conversion_rate,
        matured_samples, matured_conversions, matured_conversion_rate, average_days_to_convert, revenue,
        revenue_per_sample
    from sales.sample_metric_sku
    where tenant_id = $1
    and metric_date = $2
),
written as (
    insert into sales.sample_metric_sku (
        tenant_id, metric_date, calculated_at,
        window_days, sku_id, samples_given, units_given, customers_sampled, conversions, conversion_rate,
        matured_samples, matured_conversions, matured_conversion_rate, average_days_to_convert, revenue,
        revenue_per_sample
    )
    select
        $1, $2, $3,
        c.window_days, c.sku_id, c.samples_given, c.units_given, c.customers_sampled, c.conversions,
        c.conversion_rate, c.matured_samples, c.matured_conversions, c.matured_conversion_rate,
        c.average_days_to_convert, c.revenue, c.revenue_per_sample
    from changed c
    on conflict (tenant_id, metric_date, window_days, sku_id) do update
    set
        samples_given = excluded.samples_given,
        units_given = excluded.units_given,
        customers_sampled = excluded.customers_sampled,
        conversions = excluded.conversions,
        conversion_rate = excluded.conversion_rate,
        matured_samples = excluded.matured_samples,
        matured_conversions = excluded.matured_conversions,
        matured_conversion_rate = excluded.matured_conversion_rate,
        average_days_to_convert = excluded.average_days_to_convert,
        revenue = excluded.revenue,
        revenue_per_sample = excluded.revenue_per_sample,
        calculated_at = excluded.calculated_at
    returning id
),
deleted as (
    delete from sales.sample_metric_sku t
    where t.tenant_id = $1
    and t.metric_date = $2
    and (t.window_days, t.sku_id) not in (
        select window_days, sku_id
        from measured
    )
    returning t.id
)
select (select count(*) from written) as "written!", (select count(*) from deleted) as "deleted!"
