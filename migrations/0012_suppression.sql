-- Addresses that must not be written to. Asked when a message is made and again when it is sent.

create table platform.suppression (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null references platform.tenant on delete cascade,
    -- One spelling of an address, so that the unique key and every comparison mean the same.
    address text not null check (address = lower(trim(address)) and address <> ''),
    reason text not null check (reason in ('unsubscribed', 'bounced', 'complained', 'manual')),
    created_at timestamptz not null default now(),
    constraint suppression_address_key unique (tenant_id, address)
);

comment on table platform.suppression is
    'An address that a tenant must not write to. ''unsubscribed'' holds back only what is not transactional.';

alter table platform.suppression enable row level security;
alter table platform.suppression force row level security;
create policy tenant on platform.suppression
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

grant select on platform.suppression to nightshift_job;
