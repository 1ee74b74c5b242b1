-- Appointments with their payments and their history, and the slots that became free with their offers.

create table booking.policy_version (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null references platform.tenant on delete cascade,
    payment_mode text not null default 'none' check (payment_mode in ('none', 'deposit', 'full_prepay')),
    deposit_amount numeric(12,2) not null default 0 check (deposit_amount >= 0),
    currency text not null default 'EUR' check (currency ~ '^[A-Z]{3}$'),
    cancel_cutoff_minutes integer not null default 1440 check (cancel_cutoff_minutes between 0 and 43200),
    refund_before_cutoff boolean not null default true,
    resolution_grace_minutes integer not null default 30 check (resolution_grace_minutes between 0 and 1440),
    created_at timestamptz not null default now(),
    unique (tenant_id, id)
);

comment on table booking.policy_version is 'What a shop''s terms were when an appointment was booked.';

create table booking.appointment (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null,
    customer_id uuid not null,
    policy_version_id uuid,
    source_slot_opening_id uuid,
    -- A chair, a room, a person: what can be booked once at a time.
    resource text not null default 'main',
    service_name text not null default '',
    -- Instants that no calendar has are refused where they come in, because every rule adds minutes to them.
    starts_at timestamptz not null check (starts_at >= '1900-01-01'),
    ends_at timestamptz not null check (ends_at < '2300-01-01'),
    -- Minutes after the end in which the resource is not free yet.
    buffer_minutes integer not null default 0 check (buffer_minutes between 0 and 120),
    status text not null default 'pending' check (status in ('pending', 'booked', 'cancelled', 'ended')),
    source text not null default 'web' check (source in ('web', 'admin', 'slot_recovery')),
    payment_required boolean not null default false,
    -- What became of the money. It says nothing of whether the customer came.
    financial_outcome text not null default 'unresolved'
        check (financial_outcome in ('unresolved', 'settled', 'voided', 'refunded', 'disputed')),
    resolution_reason text check (resolution_reason in (
        'payment_captured', 'payment_not_captured', 'no_payment_required', 'visit_refunded',
        'cancelled_refunded_before_cutoff', 'cancelled_refunded_after_cutoff', 'cancelled_no_refund_after_cutoff',
        'cancelled_before_cutoff_no_refund_policy', 'cancelled_refund_due', 'cancelled_by_shop_not_refunded',
        'cancelled_no_payment_captured', 'cancelled_free_before_cutoff', 'cancelled_free_after_cutoff',
        'booking_not_paid', 'booking_not_payable', 'booking_not_confirmed', 'orphan_payment_captured',
        'orphan_payment_refunded',
        -- The application's own.
        'confirmation_expired_refunded', 'dispute_open', 'dispute_lost'
    )),
    resolved_at timestamptz,
    -- Whether the customer came. It says nothing of the money.
    attendance text not null default 'unknown' check (attendance in ('unknown', 'attended', 'no_show')),
    cancelled_at timestamptz check (cancelled_at >= '1900-01-01' and cancelled_at < '2300-01-01'),
    cancellation_source text check (cancellation_source in ('customer', 'system', 'admin')),
    -- The instant at which the scores date this appointment.
    event_at timestamptz generated always as (case when status = 'cancelled' then cancelled_at else ends_at end) stored,
    created_at timestamptz not null default now() check (created_at >= '1900-01-01' and created_at < '2300-01-01'),
    unique (tenant_id, id),
    foreign key (tenant_id, customer_id) references booking.customer (tenant_id, id) on delete cascade,
    foreign key (tenant_id, policy_version_id) references booking.policy_version (tenant_id, id),
    constraint appointment_period_check check (ends_at > starts_at),
    constraint appointment_cancelled_check
        check (status <> 'cancelled' or (cancelled_at is not null and cancellation_source is not null)),
    constraint appointment_unresolved_check
        check (financial_outcome <> 'unresolved' or (resolved_at is null and resolution_reason is null))
);

-- One booking a resource and start.
create unique index appointment_slot_key on booking.appointment (tenant_id, resource, starts_at)
    where status in ('pending', 'booked');
-- What resolve-outcomes looks at: visits by their end, cancellations by theirs. As small as what is unresolved.
create index appointment_visit_due_idx on booking.appointment (tenant_id, ends_at)
    where financial_outcome = 'unresolved' and status <> 'cancelled';
create index appointment_cancelled_due_idx on booking.appointment (tenant_id, cancelled_at)
    where financial_outcome = 'unresolved' and status = 'cancelled';
-- Bookings that hold their slot without being paid, oldest first.
create index appointment_pending_idx on booking.appointment (tenant_id, created_at) where status = 'pending';
-- A customer's events within the window of the scores.
create index appointment_event_at_idx on booking.appointment (tenant_id, customer_id, event_at);
-- Who has the resource, and who the customer's time, when a slot is to be offered.
create index appointment_busy_resource_idx on booking.appointment (tenant_id, resource, starts_at, ends_at)
    where status in ('pending', 'booked');
create index appointment_busy_customer_idx on booking.appointment (tenant_id, customer_id, starts_at)
    where status in ('pending', 'booked');

comment on table booking.appointment is 'A booked time, from the first click to what became of it.';

create table booking.payment (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null,
    appointment_id uuid not null,
    amount numeric(12,2) not null check (amount >= 0),
    currency text not null default 'EUR' check (currency ~ '^[A-Z]{3}$'),
    status text not null default 'requires_payment_method' check (status in (
        'requires_payment_method', 'requires_action', 'processing', 'succeeded', 'failed', 'canceled'
    )),
    succeeded_at timestamptz check (succeeded_at >= '1900-01-01' and succeeded_at < '2300-01-01'),
    refunded_amount numeric(12,2) not null default 0 check (refunded_amount >= 0),
    refund_ref text,
    created_at timestamptz not null default now(),
    unique (tenant_id, id),
    constraint payment_appointment_key unique (tenant_id, appointment_id),
    foreign key (tenant_id, appointment_id) references booking.appointment (tenant_id, id) on delete cascade
);

comment on table booking.payment is 'What an appointment''s payment has come to, as the payment provider told it.';

create table booking.appointment_event (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null,
    appointment_id uuid not null,
    type text not null check (type in (
        'created', 'payment_succeeded', 'payment_failed', 'outcome_resolved', 'cancelled', 'refund_issued',
        'refund_failed', 'dispute_opened', 'dispute_closed'
    )),
    occurred_at timestamptz not null,
    meta jsonb not null default '{}',
    -- The run that wrote it; NULL = the application did.
    run_id uuid,
    created_at timestamptz not null default now(),
    unique (tenant_id, id),
    foreign key (tenant_id, appointment_id) references booking.appointment (tenant_id, id) on delete cascade
);

-- An appointment is resolved once.
create unique index appointment_event_resolved_key on booking.appointment_event (tenant_id, appointment_id)
    where type = 'outcome_resolved';
create index appointment_event_occurred_at_idx on booking.appointment_event (tenant_id, appointment_id, occurred_at);

comment on table booking.appointment_event is 'What happened to an appointment. Rows are only added.';

create table booking.slot_opening (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null references platform.tenant on delete cascade,
    resource text not null default 'main',
    service_name text not null default '',
    starts_at timestamptz not null check (starts_at >= '1900-01-01'),
    ends_at timestamptz not null check (ends_at < '2300-01-01'),
    buffer_minutes integer not null default 0 check (buffer_minutes between 0 and 120),
    price numeric(12,2) check (price >= 0),
    currency text not null default 'EUR' check (currency ~ '^[A-Z]{3}$'),
    source_appointment_id uuid,
    status text not null default 'open' check (status in ('open', 'filled', 'expired')),
    -- Not looked at before this instant. NULL = at once.
    next_action_at timestamptz check (next_action_at >= '1900-01-01' and next_action_at < '2300-01-01'),
    closed_at timestamptz,
    closed_reason text check (closed_reason in (
        'filled', 'past', 'too_late', 'slot_taken', 'no_candidates', 'withdrawn'
    )),
    created_at timestamptz not null default now(),
    unique (tenant_id, id),
    foreign key (tenant_id, source_appointment_id) references booking.appointment (tenant_id, id),
    constraint slot_opening_period_check check (ends_at > starts_at)
);

-- One open slot a resource and start; the same time may open again after it was closed.
create unique index slot_opening_slot_key on booking.slot_opening (tenant_id, resource, starts_at) where status = 'open';
-- The open slots, soonest first.
create index slot_opening_open_idx on booking.slot_opening (tenant_id, starts_at) where status = 'open';

comment on table booking.slot_opening is 'A slot that became free and is offered to one customer after another.';

-- The two tables point at each other: an appointment made from an offer comes in one transaction with its slot.
alter table booking.appointment add constraint appointment_source_slot_opening_fkey
    foreign key (tenant_id, source_slot_opening_id) references booking.slot_opening (tenant_id, id)
    deferrable initially deferred;

create table booking.slot_offer (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null,
    slot_opening_id uuid not null,
    customer_id uuid not null,
    status text not null default 'sent' check (status in (
        'sent', 'accepted', 'expired', 'declined', 'superseded', 'failed'
    )),
    -- The how-manieth offer of its opening this is.
    rank integer not null default 1 check (rank >= 1),
    tier text not null default 'neutral' check (tier in ('top', 'neutral', 'risk')),
    score integer not null default 50 check (score between 0 and 100),
    deposit_amount numeric(12,2) not null default 0 check (deposit_amount >= 0),
    currency text not null default 'EUR' check (currency ~ '^[A-Z]{3}$'),
    sent_at timestamptz not null check (sent_at >= '1900-01-01' and sent_at < '2300-01-01'),
    expires_at timestamptz not null check (expires_at >= '1900-01-01' and expires_at < '2300-01-01'),
    closed_at timestamptz,
    created_at timestamptz not null default now(),
    unique (tenant_id, id),
    constraint slot_offer_customer_key unique (tenant_id, slot_opening_id, customer_id),
    foreign key (tenant_id, slot_opening_id) references booking.slot_opening (tenant_id, id) on delete cascade,
    foreign key (tenant_id, customer_id) references booking.customer (tenant_id, id) on delete cascade
);

-- One live offer an opening, whatever any program does.
create unique index slot_offer_live_key on booking.slot_offer (tenant_id, slot_opening_id) where status = 'sent';
-- Whom the shop has written to lately.
create index slot_offer_sent_at_idx on booking.slot_offer (tenant_id, customer_id, sent_at);

comment on table booking.slot_offer is 'An offer of a slot to one customer, who has until expires_at to take it.';

do $$
declare
    relation text;
begin
    foreach relation in array array[
        'policy_version', 'appointment', 'payment', 'appointment_event', 'slot_opening', 'slot_offer'
    ] loop
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

grant select on
    booking.policy_version, booking.appointment, booking.payment, booking.appointment_event, booking.slot_opening,
    booking.slot_offer
to nightshift_job;

-- The columns that a job decides about and nothing else: none can move an appointment or change what was paid.
grant update (
    status, financial_outcome, resolution_reason, resolved_at, attendance, cancelled_at, cancellation_source
) on booking.appointment to nightshift_job;
grant insert on booking.appointment_event to nightshift_job;
grant update (status, next_action_at, closed_at, closed_reason) on booking.slot_opening to nightshift_job;
grant insert, update (status, closed_at) on booking.slot_offer to nightshift_job;
