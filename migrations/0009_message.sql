-- The outbox. A job never sends: it inserts a message in the transaction that makes it true, and deliver-messages
-- sends it. So a rolled back page has told nobody anything.

create table platform.message (
    id uuid primary key default gen_random_uuid(),
    -- NULL = the operator's own mail, such as alerts.
    tenant_id uuid references platform.tenant on delete cascade,
    job text not null,
    channel text not null check (channel in ('email', 'webhook', 'crm')),
    -- What the message is about: a job that runs twice writes it once.
    dedupe_key text not null,
    target text not null,
    subject text not null default '',
    body_text text not null default '',
    body_html text not null default '',
    payload jsonb not null default '{}',
    headers jsonb not null default '{}',
    not_before timestamptz,
    expires_at timestamptz,
    status text not null default 'pending'
        check (status in ('pending', 'sending', 'sent', 'failed', 'expired', 'suppressed')),
    attempts integer not null default 0 check (attempts >= 0),
    -- Pending: not before this instant, NULL = at once. Sending: the end of the claim, after which the message
    -- is anyone's again.
    next_attempt_at timestamptz,
    last_error text,
    provider_ref text,
    sent_at timestamptz,
    created_at timestamptz not null default now(),
    -- Nulls are not distinct, so that the operator gets one mail about one alert.
    constraint message_dedupe_key unique nulls not distinct (tenant_id, channel, dedupe_key)
)
-- Claiming and closing a message moves it in the partial index below, so these updates are never heap-only.
-- The room is for the wave of a nightly job's messages, which are sent from the blocks they were written to.
with (fillfactor = 80);

-- What is to be sent next, in the order of its turn. It stays as small as the backlog.
create index message_due_idx on platform.message (tenant_id, next_attempt_at nulls first, created_at)
    where status in ('pending', 'sending');

-- What became of a tenant's messages: the watchdog's failed ones, the clean-up's old ones.
create index message_created_at_idx on platform.message (tenant_id, created_at);

comment on table platform.message is 'An e-mail, webhook or CRM update that waits for deliver-messages, or went through it.';

alter table platform.message enable row level security;
alter table platform.message force row level security;
-- Not `=` as elsewhere: without a tenant set the operator's own messages are seen, and no tenant's.
create policy tenant on platform.message
    using (tenant_id is not distinct from nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id is not distinct from nullif(current_setting('app.tenant_id', true), '')::uuid);

-- Delete: old messages and those of erased people are removed.
grant select, insert, update, delete on platform.message to nightshift_job;
