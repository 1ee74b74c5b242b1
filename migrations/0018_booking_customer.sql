-- A shop's settings, its customers and what the night's scores say of them.
--
-- Foreign keys between these tables hold tenant_id on both sides: a row cannot point into another shop, whoever
-- writes it. `unique (tenant_id, id)` is their target and also the index that jobs page on.

create schema booking;

comment on schema booking is 'Shops, their customers and appointments, and the slots that are offered again.';

revoke all on schema booking from public;
grant usage on schema booking to nightshift_job;

create table booking.setting (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null unique references platform.tenant on delete cascade,
    -- From the end of a visit, or its cancellation, to the fixing of its outcome.
    resolution_grace_minutes integer not null default 30 check (resolution_grace_minutes between 0 and 1440),
    -- How much longer that is while a payment is under way.
    payment_settle_hours integer not null default 24 check (payment_settle_hours between 0 and 168),
    -- Before the start; a cancellation at the cutoff itself is late.
    cancel_cutoff_minutes integer not null default 1440 check (cancel_cutoff_minutes between 0 and 43200),
    refund_before_cutoff boolean not null default true,
    unpaid_counts_as_no_show boolean not null default false,
    pending_ttl_minutes integer not null default 30 check (pending_ttl_minutes between 5 and 1440),
    recovery_ttl_minutes integer not null default 120 check (recovery_ttl_minutes between 5 and 1440),
    offers_enabled boolean not null default true,
    offer_ttl_minutes integer not null default 15 check (offer_ttl_minutes between 5 and 120),
    offer_min_lead_minutes integer not null default 60 check (offer_min_lead_minutes between 0 and 1440),
    offer_cooldown_hours integer not null default 24 check (offer_cooldown_hours between 0 and 168),
    -- By the shop's own clock, from the start to before the end; equal = never quiet.
    quiet_start time not null default '21:00',
    quiet_end time not null default '08:00',
    exclude_risk_from_offers boolean not null default false,
    exclude_high_no_show_from_offers boolean not null default false,
    payment_mode text not null default 'none' check (payment_mode in ('none', 'deposit', 'full_prepay')),
    deposit_amount numeric(12,2) not null default 0 check (deposit_amount >= 0),
    -- NULL = as everybody else.
    risk_deposit_amount numeric(12,2) check (risk_deposit_amount >= 0),
    top_deposit_amount numeric(12,2) check (top_deposit_amount >= 0),
    top_deposit_waived boolean not null default false,
    currency text not null default 'EUR' check (currency ~ '^[A-Z]{3}$'),
    owner_email text,
    created_at timestamptz not null default now(),
    unique (tenant_id, id),
    -- 24:00 is a time to PostgreSQL and none on a wall.
    constraint setting_quiet_check check (quiet_start < '24:00' and quiet_end < '24:00')
);

comment on table booking.setting is 'A shop''s tunables. No row = the defaults.';

create table booking.customer (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null references platform.tenant on delete cascade,
    name text not null,
    email text,
    phone text,
    email_opt_in boolean not null default true,
    deleted_at timestamptz,
    created_at timestamptz not null default now(),
    unique (tenant_id, id)
);

create unique index customer_email_key on booking.customer (tenant_id, lower(email)) where email is not null;

comment on table booking.customer is 'A customer of a shop.';

create table booking.customer_score (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null,
    customer_id uuid not null,
    score integer not null check (score between 0 and 100),
    tier text not null check (tier in ('top', 'neutral', 'risk')),
    -- How much the score stands on: none, 1 or 2, or 3 and more events.
    history text not null check (history in ('none', 'short', 'enough')),
    window_days integer not null check (window_days between 30 and 730),
    stats jsonb not null,
    breakdown jsonb not null,
    -- NULL = nothing happened within the window.
    last_activity_at timestamptz,
    computed_at timestamptz not null,
    created_at timestamptz not null default now(),
    unique (tenant_id, id),
    constraint customer_score_customer_key unique (tenant_id, customer_id),
    foreign key (tenant_id, customer_id) references booking.customer (tenant_id, id) on delete cascade
);

-- The best first: in this order slots are offered.
create index customer_score_rank_idx on booking.customer_score (tenant_id, tier, score desc);

comment on table booking.customer_score is 'How reliably a customer pays for what is booked, of recompute-scores.';

create table booking.no_show_stat (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null,
    customer_id uuid not null,
    visits integer not null check (visits >= 0),
    attended integer not null check (attended >= 0),
    -- Nobody marked them, and shops mark the exceptions.
    presumed_attended integer not null check (presumed_attended >= 0),
    no_shows integer not null check (no_shows >= 0),
    no_shows_last_90_days integer not null check (no_shows_last_90_days >= 0),
    late_cancels integer not null check (late_cancels >= 0),
    cancels integer not null check (cancels >= 0),
    -- NULL, as the two below it: there is nothing to say it of.
    no_show_rate numeric(5,4) check (no_show_rate between 0 and 1),
    last_no_show_at timestamptz,
    score integer check (score between 0 and 100),
    risk text check (risk in ('low', 'medium', 'high')),
    window_days integer not null check (window_days between 30 and 730),
    breakdown jsonb not null,
    computed_at timestamptz not null,
    created_at timestamptz not null default now(),
    unique (tenant_id, id),
    constraint no_show_stat_customer_key unique (tenant_id, customer_id),
    foreign key (tenant_id, customer_id) references booking.customer (tenant_id, id) on delete cascade,
    constraint no_show_stat_judged_check check ((risk is null) = (score is null))
);

comment on table booking.no_show_stat is 'How reliably a customer comes, of recompute-scores.';

do $$
declare
    relation text;
begin
    foreach relation in array array['setting', 'customer', 'customer_score', 'no_show_stat'] loop
        execute format('alter table booking.%I enable row level security, force row level security', relation);
        execute format(
            'create policy tenant on booking.%I
                using (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid)
                with check (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid)',
            relation
        );
    end loop;
end
$$;

grant select on booking.setting, booking.customer to nightshift_job;
grant select, insert, update on booking.customer_score, booking.no_show_stat to nightshift_job;
