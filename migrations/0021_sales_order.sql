-- What is sold: products, orders with their lines, and samples that were tasted.

create table sales.supplier (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null references platform.tenant on delete cascade,
    name text not null,
    created_at timestamptz not null default now(),
    unique (tenant_id, id)
);

comment on table sales.supplier is 'Whom a distributor buys from.';

create table sales.sku (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null references platform.tenant on delete cascade,
    code text not null,
    name text not null,
    category text,
    supplier_id uuid,
    is_active boolean not null default true,
    -- NULL = bought by the piece.
    items_per_case integer check (items_per_case >= 1),
    -- Units a day. NULL, as the two below it: not enough history.
    burn_rate numeric(12,4),
    reorder_point integer,
    days_of_supply numeric(14,1),
    burn_rate_updated_at timestamptz,
    created_at timestamptz not null default now() check (created_at >= '1900-01-01' and created_at < '2300-01-01'),
    unique (tenant_id, id),
    unique (tenant_id, code),
    foreign key (tenant_id, supplier_id) references sales.supplier (tenant_id, id)
);

create index idx_sku_burn_rate on sales.sku (tenant_id, burn_rate);
create index idx_sku_category on sales.sku (tenant_id, category);

comment on table sales.sku is 'A product as it is kept in stock.';

create table sales."order" (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null references platform.tenant on delete cascade,
    customer_id uuid not null,
    -- Who took it.
    sales_rep_id uuid,
    status text not null default 'DRAFT' check (status in (
        'DRAFT', 'SUBMITTED', 'PENDING', 'READY_TO_DELIVER', 'PICKED', 'DELIVERED', 'FULFILLED',
        'PARTIALLY_FULFILLED', 'CANCELLED'
    )),
    ordered_at timestamptz not null check (ordered_at >= '1900-01-01' and ordered_at < '2300-01-01'),
    -- NULL = not delivered. An order with it was delivered, a draft too.
    delivered_at timestamptz check (delivered_at >= '1900-01-01' and delivered_at < '2300-01-01'),
    -- Negative: a credit note. 0: samples.
    total numeric(12,2) not null default 0 check (total <> 'NaN'),
    -- The customer's first purchase, marked by update-account-types.
    is_first_order boolean not null default false,
    -- Sold at an event: money, but no demand to plan by.
    is_event_sale boolean not null default false,
    created_at timestamptz not null default now(),
    unique (tenant_id, id),
    foreign key (tenant_id, customer_id) references sales.customer (tenant_id, id),
    foreign key (tenant_id, sales_rep_id) references sales.sales_rep (tenant_id, id)
);

create index idx_order_delivered_at on sales."order" (tenant_id, delivered_at);
create index idx_order_is_first_order on sales."order" (tenant_id, delivered_at) where is_first_order;
create index idx_order_customer_delivered on sales."order" (tenant_id, customer_id, delivered_at);
create index idx_order_customer_ordered on sales."order" (tenant_id, customer_id, ordered_at);

comment on table sales."order" is 'An order of a customer.';

create table sales.order_line (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null,
    order_id uuid not null,
    sku_id uuid not null,
    -- Negative: a return.
    quantity integer not null,
    unit_price numeric(10,2) not null default 0 check (unit_price <> 'NaN'),
    is_sample boolean not null default false,
    -- Why it was bought, where that is not to be sold on: by the glass, a wine club, a supplier's event, a one-off.
    usage_type text check (usage_type in ('BTG', 'WINE_CLUB', 'SUPPLIER_EVENT', 'OTHER_ONE_OFF')),
    created_at timestamptz not null default now(),
    unique (tenant_id, id),
    foreign key (tenant_id, order_id) references sales."order" (tenant_id, id) on delete cascade,
    foreign key (tenant_id, sku_id) references sales.sku (tenant_id, id)
);

create index idx_order_line_sku_id on sales.order_line (tenant_id, sku_id);
create index idx_order_line_order_id on sales.order_line (tenant_id, order_id);
create index idx_order_line_sample on sales.order_line (tenant_id, order_id) where is_sample;

comment on table sales.order_line is 'A product of an order.';

create table sales.sample_usage (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null,
    -- Who gave it.
    sales_rep_id uuid not null,
    customer_id uuid not null,
    sku_id uuid not null,
    quantity integer not null default 1 check (quantity >= 1),
    tasted_at timestamptz not null check (tasted_at >= '1900-01-01' and tasted_at < '2300-01-01'),
    -- The line with which the sample left the stock, so that it counts once.
    order_line_id uuid,
    feedback text,
    needs_follow_up boolean not null default false,
    -- A person did. No job writes it.
    followed_up_at timestamptz,
    resulted_in_order boolean not null default false,
    converted_order_id uuid,
    converted_at timestamptz,
    -- Who says so. NULL = a person, before this column was there.
    converted_by text check (converted_by in ('job', 'user')),
    created_at timestamptz not null default now(),
    unique (tenant_id, id),
    constraint sample_usage_order_line_key unique (tenant_id, order_line_id),
    foreign key (tenant_id, sales_rep_id) references sales.sales_rep (tenant_id, id),
    foreign key (tenant_id, customer_id) references sales.customer (tenant_id, id),
    foreign key (tenant_id, sku_id) references sales.sku (tenant_id, id),
    foreign key (tenant_id, order_line_id) references sales.order_line (tenant_id, id),
    foreign key (tenant_id, converted_order_id) references sales."order" (tenant_id, id)
);

create index idx_sample_usage_tasted_at on sales.sample_usage (tenant_id, tasted_at);
create index idx_sample_usage_customer_sku on sales.sample_usage (tenant_id, customer_id, sku_id, tasted_at);

comment on table sales.sample_usage is 'A sample that a rep had a customer taste, and whether an order came of it.';

do $$
declare
    relation text;
begin
    foreach relation in array array[
        'supplier', 'sku', 'order', 'order_line', 'sample_usage'
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

grant select on sales.supplier, sales.sku, sales."order", sales.order_line, sales.sample_usage to nightshift_job;

-- The columns that a job decides about and nothing else: none can change what was ordered, delivered or paid.
grant update (burn_rate, reorder_point, days_of_supply, burn_rate_updated_at) on sales.sku to nightshift_job;
grant update (is_first_order) on sales."order" to nightshift_job;
grant update (resulted_in_order, converted_order_id, converted_at, converted_by) on sales.sample_usage
    to nightshift_job;
