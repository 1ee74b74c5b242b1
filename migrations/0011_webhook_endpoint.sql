-- Where a tenant wants to be told. Messages name the endpoint's id; its URL and secrets are read at sending, so
-- that a rotated secret or a moved URL also holds for what already waits.

create table platform.webhook_endpoint (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null references platform.tenant on delete cascade,
    target_url text not null,
    -- '*' = all of them.
    event_types text[] not null default '{*}',
    -- `whsec_…` in development, else `enc:v1:` and base64 of nonce and AES-256-GCM ciphertext.
    secret text not null,
    -- Signed with as well while receivers change over.
    previous_secret text,
    is_enabled boolean not null default true,
    disabled_reason text,
    created_at timestamptz not null default now(),
    constraint webhook_endpoint_url_key unique (tenant_id, target_url)
);

comment on table platform.webhook_endpoint is 'A URL that a tenant wants events sent to, and what signs them.';

alter table platform.webhook_endpoint enable row level security;
alter table platform.webhook_endpoint force row level security;
create policy tenant on platform.webhook_endpoint
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- A receiver that answers 410 is disabled by the sender; all else is the product's to change.
grant select, update (is_enabled, disabled_reason) on platform.webhook_endpoint to nightshift_job;
