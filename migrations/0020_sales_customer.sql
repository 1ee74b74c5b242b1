-- A distributor's settings, its sales reps and customers, and how a customer's types changed.
--
-- Foreign keys between these tables hold tenant_id on both sides: a row cannot point into another distributor,
-- whoever writes it. `unique (tenant_id, id)` is their target and also the index that jobs page on. Dates and
-- instants that no calendar has are refused where they come in, because every rule adds days to them: instants outside
-- 1900 to 2299, and dates that are none of theirs in any zone.

create schema sales;

comment on schema sales is 'Distributors, their customers, products, orders and stock, and what the sales jobs found out.';

revoke all on schema sales from public;
grant usage on schema sales to nightshift_job;

create table sales.setting (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null unique references platform.tenant on delete cascade,
    -- Days since the last order up to which a customer is ACTIVE, and then TARGET.
    active_days integer not null default 180 check (active_days between 1 and 3650),
    target_days integer not null default 365,
    -- Where two and three points begin, within 90 days: orders, their money, and how many products.
    orders_mid integer not null default 3 check (orders_mid >= 1),
    orders_high integer not null default 6,
    revenue_mid numeric(12,2) not null default 3000.00 check (revenue_mid >= 1 and revenue_mid <> 'NaN'),
    revenue_high numeric(12,2) not null default 7500.00 check (revenue_high <> 'NaN'),
    mix_mid integer not null default 4 check (mix_mid >= 1),
    mix_high integer not null default 10,
    -- Where MEDIUM_VOLUME and HIGH_VOLUME begin.
    medium_score integer not null default 150 check (medium_score >= 1),
    high_score integer not null default 250 check (high_score <= 300),
    -- After a tasting, the day itself not counted.
    sample_attribution_days integer not null default 30 check (sample_attribution_days between 1 and 60),
    -- How often a delivery is to come before the stock is gone.
    service_level numeric(4,3) not null default 0.950 check (service_level in (0.900, 0.950, 0.975, 0.990, 0.995)),
    -- From order to receipt, for suppliers of whom too little is known.
    lead_time_days integer not null default 7 check (lead_time_days between 1 and 180),
    lead_time_sd_days numeric(6,2) not null default 2 check (lead_time_sd_days between 0 and 90),
    -- What an order to a supplier should last for beyond the reorder point.
    target_days_of_supply integer not null default 14 check (target_days_of_supply between 1 and 365),
    -- ISO: 1 = Monday, 7 = Sunday. One weekday at least is left.
    non_delivery_weekdays integer[] not null default '{}' check (
        cardinality(non_delivery_weekdays) <= 6
        and non_delivery_weekdays <@ array[1, 2, 3, 4, 5, 6, 7]
        and array_position(non_delivery_weekdays, null) is null
    ),
    -- Below so many units a product without history is low.
    low_stock_default_units integer not null default 10 check (low_stock_default_units >= 1),
    -- 0.150 = a decline by more than 15 %.
    revenue_drop_alert_threshold numeric(4,3) not null default 0.150
        check (revenue_drop_alert_threshold between 0.010 and 0.900),
    -- How much process-triggers may do on one day: in all, and to one owner.
    max_executions_per_day integer not null default 200 check (max_executions_per_day between 1 and 1000),
    max_tasks_per_owner_day integer not null default 15 check (max_tasks_per_owner_day between 1 and 200),
    -- Days in which a trigger leaves a customer alone after it fired.
    cooldown_days integer not null default 30 check (cooldown_days between 0 and 365),
    default_owner_user_id uuid,
    default_owner_email text,
    inventory_owner_user_id uuid,
    manager_emails text[] not null default '{}' check (array_position(manager_emails, null) is null),
    buyer_emails text[] not null default '{}' check (array_position(buyer_emails, null) is null),
    crm_enabled boolean not null default false,
    created_at timestamptz not null default now(),
    unique (tenant_id, id),
    constraint setting_days_check check (target_days > active_days),
    constraint setting_orders_check check (orders_high > orders_mid),
    constraint setting_revenue_check check (revenue_high > revenue_mid),
    constraint setting_mix_check check (mix_high > mix_mid),
    constraint setting_score_check check (high_score > medium_score)
);

comment on table sales.setting is 'A distributor''s tunables. No row = the defaults.';

create table sales.sales_rep (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null references platform.tenant on delete cascade,
    -- Who signs in. NULL = nobody does, and so nobody can be given a task.
    user_id uuid,
    name text not null,
    email text,
    is_active boolean not null default true,
    created_at timestamptz not null default now(),
    unique (tenant_id, id)
);

comment on table sales.sales_rep is 'Who looks after customers.';

create table sales.customer (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null references platform.tenant on delete cascade,
    name text not null,
    email text,
    sales_rep_id uuid,
    is_permanently_closed boolean not null default false,
    -- Nobody writes or calls before this date.
    do_not_contact_until date check (do_not_contact_until between '1899-12-31' and '2300-01-01'),
    -- How much it buys. NULL = nothing within 90 days, or not classified yet.
    account_type text check (account_type in ('HIGH_VOLUME', 'MEDIUM_VOLUME', 'LOW_VOLUME')),
    -- How lately it bought. HOLD is set and lifted by people.
    lifecycle_stage text check (lifecycle_stage in ('ACTIVE', 'TARGET', 'PROSPECT', 'HOLD')),
    account_type_updated_at timestamptz,
    -- May be from before the import, so that no order here shows it.
    last_order_date date check (last_order_date between '1899-12-31' and '2300-01-01'),
    created_at timestamptz not null default now(),
    unique (tenant_id, id),
    foreign key (tenant_id, sales_rep_id) references sales.sales_rep (tenant_id, id)
);

create index idx_customer_account_type on sales.customer (tenant_id, account_type);
create index idx_customer_last_order_date on sales.customer (tenant_id, last_order_date);
create index idx_customer_sales_rep_id on sales.customer (tenant_id, sales_rep_id);
create index idx_customer_do_not_contact on sales.customer (tenant_id, do_not_contact_until)
    where do_not_contact_until is not null;

comment on table sales.customer is 'A shop, bar or restaurant that a distributor sells to.';

create table sales.customer_type_change (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null,
    customer_id uuid not null,
    field text not null check (field in ('account_type', 'lifecycle_stage')),
    old_value text,
    new_value text,
    changed_at timestamptz not null,
    run_id uuid,
    created_at timestamptz not null default now(),
    unique (tenant_id, id),
    constraint customer_type_change_key unique (tenant_id, customer_id, field, changed_at),
    foreign key (tenant_id, customer_id) references sales.customer (tenant_id, id) on delete cascade
);

comment on table sales.customer_type_change is 'When which type of a customer changed, and from what, of update-account-types.';

do $$
declare
    relation text;
begin
    foreach relation in array array[
        'setting', 'sales_rep', 'customer', 'customer_type_change'
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

grant select on sales.setting, sales.sales_rep, sales.customer, sales.customer_type_change to nightshift_job;

-- The columns that a job decides about and nothing else.
grant update (
    account_type, lifecycle_stage, account_type_updated_at, last_order_date, do_not_contact_until
) on sales.customer to nightshift_job;
grant insert, update (new_value, run_id) on sales.customer_type_change to nightshift_job;
