-- What is in stock and on its way, and what the jobs say of samples, demand and stock.

create table sales.inventory (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null,
    sku_id uuid not null,
    location text not null,
    -- Only AVAILABLE can be sold.
    status text not null default 'AVAILABLE' check (status in ('AVAILABLE', 'QUARANTINE', 'DAMAGED')),
    on_hand integer not null default 0,
    allocated integer not null default 0,
    created_at timestamptz not null default now(),
    unique (tenant_id, id),
    constraint inventory_place_key unique (tenant_id, sku_id, location, status),
    foreign key (tenant_id, sku_id) references sales.sku (tenant_id, id)
);

comment on table sales.inventory is 'Units of a product at a place.';

create table sales.inventory_reservation (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null,
    sku_id uuid not null,
    quantity integer not null check (quantity >= 1),
    status text not null default 'ACTIVE' check (status in ('ACTIVE', 'EXPIRED', 'RELEASED')),
    -- NULL = until it is released.
    expires_at timestamptz,
    created_at timestamptz not null default now(),
    unique (tenant_id, id),
    foreign key (tenant_id, sku_id) references sales.sku (tenant_id, id)
);

create index idx_inventory_reservation_sku on sales.inventory_reservation (tenant_id, sku_id) where status = 'ACTIVE';

comment on table sales.inventory_reservation is 'Units that are promised to somebody.';

create table sales.purchase_order (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null,
    supplier_id uuid not null,
    status text not null default 'OPEN' check (status in ('OPEN', 'RECEIVED', 'CANCELLED')),
    ordered_at timestamptz not null check (ordered_at >= '1900-01-01' and ordered_at < '2300-01-01'),
    expected_at timestamptz check (expected_at >= '1900-01-01' and expected_at < '2300-01-01'),
    received_at timestamptz check (received_at >= '1900-01-01' and received_at < '2300-01-01'),
    created_at timestamptz not null default now(),
    unique (tenant_id, id),
    foreign key (tenant_id, supplier_id) references sales.supplier (tenant_id, id)
);

create index idx_purchase_order_supplier on sales.purchase_order (tenant_id, supplier_id, received_at);

comment on table sales.purchase_order is 'An order to a supplier.';

create table sales.purchase_order_line (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null,
    purchase_order_id uuid not null,
    sku_id uuid not null,
    quantity integer not null check (quantity >= 1),
    received_quantity integer not null default 0 check (received_quantity >= 0),
    created_at timestamptz not null default now(),
    unique (tenant_id, id),
    foreign key (tenant_id, purchase_order_id) references sales.purchase_order (tenant_id, id),
    foreign key (tenant_id, sku_id) references sales.sku (tenant_id, id)
);

create index idx_purchase_order_line_sku on sales.purchase_order_line (tenant_id, sku_id);

comment on table sales.purchase_order_line is 'A product of an order to a supplier, and how much of it has come.';

create table sales.sample_metric (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null references platform.tenant on delete cascade,
    -- The local date of the run: the row shows what was known then.
    metric_date date not null,
    window_days integer not null check (window_days in (7, 30, 90)),
    -- NULL = all, in each of these three.
    product_category text,
    sales_rep_id uuid,
    customer_segment text,
    samples_given integer not null check (samples_given >= 1),
    units_given integer not null,
    customers_sampled integer not null,
    conversions integer not null,
    conversion_rate numeric(5,4) not null check (conversion_rate between 0 and 1),
    -- Samples whose time to convert is over.
    matured_samples integer not null,
    matured_conversions integer not null,
    -- NULL = none has matured.
    matured_conversion_rate numeric(5,4) check (matured_conversion_rate between 0 and 1),
    -- NULL = of none it is known.
    average_days_to_convert integer,
    revenue numeric(14,2) not null,
    revenue_per_sample numeric(14,2) not null,
    calculated_at timestamptz not null,
    created_at timestamptz not null default now(),
    unique (tenant_id, id),
    -- NULLs are values here: without that each run would add its rows once more.
    constraint sample_metric_key unique nulls not distinct
        (tenant_id, metric_date, window_days, product_category, sales_rep_id, customer_segment),
    foreign key (tenant_id, sales_rep_id) references sales.sales_rep (tenant_id, id) on delete cascade
);

comment on table sales.sample_metric is 'What samples led to, by category, rep and segment, of sample-metrics.';

create table sales.sample_metric_sku (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null,
    metric_date date not null,
    window_days integer not null check (window_days in (7, 30, 90)),
    sku_id uuid not null,
    -- As in sample_metric.
    samples_given integer not null check (samples_given >= 1),
    units_given integer not null,
    customers_sampled integer not null,
    conversions integer not null,
    conversion_rate numeric(5,4) not null check (conversion_rate between 0 and 1),
    matured_samples integer not null,
    matured_conversions integer not null,
    matured_conversion_rate numeric(5,4) check (matured_conversion_rate between 0 and 1),
    average_days_to_convert integer,
    revenue numeric(14,2) not null,
    revenue_per_sample numeric(14,2) not null,
    calculated_at timestamptz not null,
    created_at timestamptz not null default now(),
    unique (tenant_id, id),
    constraint sample_metric_sku_key unique (tenant_id, metric_date, window_days, sku_id),
    foreign key (tenant_id, sku_id) references sales.sku (tenant_id, id) on delete cascade
);

comment on table sales.sample_metric_sku is 'What samples of a product led to, of sample-metrics.';

create table sales.sku_demand (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null,
    sku_id uuid not null,
    days_in_period integer not null,
    days_with_demand integer not null,
    total_units integer not null,
    sample_units integer not null,
    -- NULL, as the figures below it: not enough history.
    daily_mean numeric(12,4),
    daily_sd numeric(12,4),
    zero_day_percent numeric(4,1),
    cv numeric(8,2),
    pattern text not null check (pattern in ('NONE', 'FAST', 'MEDIUM', 'SLOW', 'INTERMITTENT', 'UNKNOWN')),
    lead_days integer not null,
    lead_sd_days numeric(6,2) not null,
    -- Standard deviations of safety stock for the service level.
    z numeric(4,3) not null,
    -- Monday first.
    weekday_index numeric(6,3)[] check (cardinality(weekday_index) = 7),
    month_factor numeric(7,4) not null,
    month_source text not null check (month_source in ('SKU', 'CATEGORY', 'NONE')),
    -- NULL = it is not known what is in stock.
    available integer,
    inventory_position integer,
    confidence text not null check (confidence in ('HIGH', 'LOW', 'INSUFFICIENT')),
    calculated_at timestamptz not null,
    created_at timestamptz not null default now(),
    unique (tenant_id, id),
    constraint sku_demand_key unique (tenant_id, sku_id),
    foreign key (tenant_id, sku_id) references sales.sku (tenant_id, id) on delete cascade
);

comment on table sales.sku_demand is 'How a product sells and what its reorder point rests on, of calculate-burn-rates.';

create table sales.inventory_alert (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null,
    sku_id uuid not null,
    alert_family text not null check (alert_family in ('STOCK', 'OVER')),
    alert_type text not null check (alert_type in ('LOW_STOCK', 'OUT_OF_STOCK', 'OVERSTOCKED')),
    severity text not null check (severity in ('INFO', 'WARNING', 'CRITICAL')),
    message text not null,
    available integer not null,
    reorder_point integer,
    days_of_supply numeric(14,1),
    opened_at timestamptz not null check (opened_at >= '1900-01-01' and opened_at < '2300-01-01'),
    resolved boolean not null default false,
    resolved_at timestamptz,
    created_at timestamptz not null default now(),
    unique (tenant_id, id),
    foreign key (tenant_id, sku_id) references sales.sku (tenant_id, id) on delete cascade,
    constraint inventory_alert_family_check check ((alert_family = 'OVER') = (alert_type = 'OVERSTOCKED'))
);

-- At most one open alert of each family.
create unique index inventory_alert_open_key on sales.inventory_alert (tenant_id, sku_id, alert_family)
    where not resolved;
create index idx_inventory_alert_resolved on sales.inventory_alert (tenant_id, resolved, severity);

comment on table sales.inventory_alert is 'Too little or too much of a product, of calculate-burn-rates.';

create table sales.inventory_recommendation (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null,
    sku_id uuid not null,
    calc_date date not null,
    quantity integer not null,
    order_by_date date not null,
    reorder_point integer not null,
    inventory_position integer not null,
    reason text not null check (reason in ('OUT_OF_STOCK', 'BELOW_REORDER_POINT')),
    created_at timestamptz not null default now(),
    unique (tenant_id, id),
    constraint inventory_recommendation_key unique (tenant_id, sku_id, calc_date),
    foreign key (tenant_id, sku_id) references sales.sku (tenant_id, id) on delete cascade
);

comment on table sales.inventory_recommendation is 'What to order of a product and by when, of calculate-burn-rates.';

create table sales.customer_sku_rate (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null,
    customer_id uuid not null,
    sku_id uuid not null,
    intervals integer not null check (intervals between 2 and 8),
    average_interval_days numeric(8,2) not null,
    interval_sd_days numeric(8,2) not null,
    quantity_per_order numeric(12,2) not null,
    last_order_date date not null,
    predicted_reorder_date date not null,
    confidence numeric(4,3) not null check (confidence between 0 and 1),
    calculated_at timestamptz not null,
    created_at timestamptz not null default now(),
    unique (tenant_id, id),
    constraint customer_sku_rate_key unique (tenant_id, customer_id, sku_id),
    foreign key (tenant_id, customer_id) references sales.customer (tenant_id, id) on delete cascade,
    foreign key (tenant_id, sku_id) references sales.sku (tenant_id, id) on delete cascade
);

create index idx_customer_sku_rate_predicted on sales.customer_sku_rate (tenant_id, predicted_reorder_date);

comment on table sales.customer_sku_rate is 'How often a customer orders a product and when it is due again, of calculate-burn-rates.';

do $$
declare
    relation text;
begin
    foreach relation in array array[
        'inventory', 'inventory_reservation', 'purchase_order', 'purchase_order_line', 'sample_metric',
        'sample_metric_sku', 'sku_demand', 'inventory_alert', 'inventory_recommendation', 'customer_sku_rate'
    ] loop
        execute format('alter table sales.%I enable row level security, force row level security', relation);
        execute format(
            'create policy tenant on sales.%I
                using (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid)
                with check (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid)',
            relation
        );
    end loop;
end
$$;

grant select on
    sales.inventory, sales.inventory_reservation, sales.purchase_order, sales.purchase_order_line
to nightshift_job;
grant select, insert, update on sales.sku_demand, sales.inventory_alert to nightshift_job;

-- What a run no longer finds it deletes: groups without samples, orders that are not due, pairs without a pace.
grant select, insert, update, delete on
    sales.sample_metric, sales.sample_metric_sku, sales.inventory_recommendation, sales.customer_sku_rate
to nightshift_job;
