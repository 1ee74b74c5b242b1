-- Writes what samples led to on a date ($2), one element of each array a group. A row that says the same already is
-- neither locked nor rewritten, and keeps the time of its last change. The date's rows of groups that are no more are
-- deleted. Its rows by the unique index that begins with (tenant_id, metric_date).
--
-- What differs is told by `except`, to which one NULL is as good as another, and which is a hash whatever the planner
-- thinks of the table; a join on keys that may be NULL is none.
with measured as (
    select
        window_days, product_category, sales_rep_id, customer_segment, samples_given, units_given,
        customers_sampled, conversions, conversion_rate, matured_samples, matured_conversions,
        matured_conversion_rate, average_days_to_convert, revenue, revenue_per_sample
    from rows from (
        unnest($4::integer[]), unnest($5::text[]), unnest($6::uuid[]), unnest($7::text[]), unnest($8::bigint[]),
        unnest($9::bigint[]), unnest($10::bigint[]), unnest($11::bigint[]), unnest($12::numeric[]),
        unnest($13::bigint[]), unnest($14::bigint[]), unnest($15::numeric[]), unnest($16::numeric[]),
        unnest($17::numeric[]), unnest($18::numeric[]),
        -- The planner takes any array for ten elements long, and a series for a thousand.
        generate_series(1, cardinality($4::integer[]))
    ) as m (
        window_days, product_category, sales_rep_id, customer_segment, samples_given, units_given,
        customers_sampled, conversions, conversion_rate, matured_samples, matured_conversions,
        matured_conversion_rate, average_days_to_convert, revenue, revenue_per_sample, place
    )
),
changed as (
    select
        window_days, product_category, sales_rep_id, customer_segment, samples_given, units_given,
        customers_sampled, conversions, conversion_rate, matured_samples, matured_conversions,
        matured_conversion_rate, average_days_to_convert, revenue, revenue_per_sample
    from measured
    except
    select
        window_days, product_category, sales_rep_id, customer_segment, samples_given, units_given,
        customers_sampled, conversions, conversion_rate, matured_samples, matured_conversions,
        matured_conversion_rate, average_days_to_convert, revenue, revenue_per_sample
    from sales.sample_metric
    where tenant_id = $1
    and metric_date = $2
),
written as (
    insert into sales.sample_metric (
        tenant_id, metric_date, calculated_at,
        window_days, product_category, sales_rep_id, customer_segment, samples_given, units_given,
        customers_sampled, conversions, conversion_rate, matured_samples, matured_conversions,
        matured_conversion_rate, average_days_to_convert, revenue, revenue_per_sample
    )
    select
        $1, $2, $3,
        c.window_days, c.product_category, c.sales_rep_id, c.customer_segment, c.samples_given, c.units_given,
        c.customers_sampled, c.conversions, c.conversion_rate, c.matured_samples, c.matured_conversions,
        c.matured_conversion_rate, c.average_days_to_convert, c.revenue, c.revenue_per_sample
    from changed c
    on conflict (tenant_id, metric_date, window_days, product_category, sales_rep_id, customer_segment) do update
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
    delete from sales.sample_metric t
    where t.tenant_id = $1
    and t.metric_date = $2
    and (
        t.window_days,
        coalesce(t.product_category, ''),
        coalesce(t.sales_rep_id, '00000000-0000-0000-0000-000000000000'),
        coalesce(t.customer_segment, '')
    ) not in (
        select
            window_days,
            coalesce(product_category, ''),
            coalesce(sales_rep_id, '00000000-0000-0000-0000-000000000000'),
            coalesce(customer_segment, '')
        from measured
    )
    returning t.id
)
select (select count(*) from written) as "written!", (select count(*) from deleted) as "deleted!"
