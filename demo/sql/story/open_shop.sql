-- A shop and four customers, each with visits that earn a standing of their own. $1: the midnight before the
-- story.
--
-- What was visited or cancelled the day before is left as it was: what became of it is for the night's jobs to say.
with tenant as (
    insert into platform.tenant (slug, name, product, time_zone, created_at)
    values ($2, 'Corner Barbers', 'booking', 'Europe/Berlin', $1::timestamptz - interval '1 year')
    returning id
),
setting as (
    insert into booking.setting (
        tenant_id, unpaid_counts_as_no_show, payment_mode, deposit_amount, risk_deposit_amount, top_deposit_waived,
        owner_email
    )
    select id, true, 'deposit', 20.00, 35.00, true, 'owner@corner-barbers.example'
    from tenant
),
customer as (
    insert into booking.customer (tenant_id, name, email, created_at)
    select tenant.id, person.name, person.email, $1::timestamptz - interval '1 year'
    from tenant
    cross join (
        values
            ('Ana Prado', 'ana.prado@example.com'),
            ('Ben Okafor', 'ben.okafor@example.com'),
            ('Cleo Hart', 'cleo.hart@example.com'),
            ('Dan Weiss', 'dan.weiss@example.com')
    ) as person (name, email)
    returning id, tenant_id, name
),
visit as materialized (
    select
        gen_random_uuid() as id, customer.tenant_id, customer.id as customer_id,
        $1::timestamptz - past.ago as starts_at, past.status, past.outcome, past.reason, past.is_paid
    from (
        values
            -- Always comes and pays.
            ('Ana Prado', interval '25 days 14 hours', 'ended', 'settled', 'payment_captured', true),
            ('Ana Prado', interval '15 days 14 hours', 'ended', 'settled', 'payment_captured', true),
            ('Ana Prado', interval '14 hours', 'booked', 'unresolved', null, true),
            -- Came once, and once called off two hours before.
            ('Ben Okafor', interval '50 days 12 hours', 'cancelled', 'voided', 'cancelled_free_after_cutoff', false),
            ('Ben Okafor', interval '20 days 12 hours', 'ended', 'settled', 'payment_captured', true),
            -- Came long ago, and did not pay for the day before.
            ('Cleo Hart', interval '100 days 11 hours', 'ended', 'settled', 'payment_captured', true),
            ('Cleo Hart', interval '11 hours', 'booked', 'unresolved', null, false),
            -- Has come twice, and the day before called off a visit that is paid for and a week ahead.
            ('Dan Weiss', interval '18 days 10 hours', 'ended', 'settled', 'payment_captured', true),
            ('Dan Weiss', interval '8 days 10 hours', 'ended', 'settled', 'payment_captured', true),
            ('Dan Weiss', interval '-6 days -14 hours', 'cancelled', 'unresolved', null, true)
    ) as past (name, ago, status, outcome, reason, is_paid)
    join customer on customer.name = past.name
),
appointment as (
    insert into booking.appointment (
        id, tenant_id, customer_id, resource, service_name, starts_at, ends_at, status, payment_required,
        financial_outcome, resolution_reason, resolved_at, cancelled_at, cancellation_source
    )
    select
        id, tenant_id, customer_id, 'chair 1', 'Haircut', starts_at, starts_at + interval '45 minutes', status,
        is_paid or status <> 'cancelled', outcome, reason,
        case when outcome <> 'unresolved' then starts_at + interval '1 day' end,
        case when status = 'cancelled' then least(starts_at, $1) - interval '2 hours' end,
        case when status = 'cancelled' then 'customer' end
    from visit
)
insert into booking.payment (tenant_id, appointment_id, amount, status, succeeded_at)
select tenant_id, id, 20.00, 'succeeded', least(starts_at, $1) - interval '2 days'
from visit
where is_paid
