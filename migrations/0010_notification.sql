-- What a product shows or pushes to one of its users. Nothing is sent from here: the application fetches it.

create table platform.notification (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null references platform.tenant on delete cascade,
    -- A user of whichever product the tenant has, hence no foreign key.
    recipient_id uuid not null,
    kind text not null,
    title text not null,
    body text not null default '',
    link text,
    channel text not null default 'in_app' check (channel in ('in_app', 'push')),
    dedupe_key text not null,
    expires_at timestamptz,
    read_at timestamptz,
    created_at timestamptz not null default now(),
    constraint notification_dedupe_key unique (tenant_id, dedupe_key)
);

-- A user's inbox, newest first; also how an erased user's rows are found.
create index notification_recipient_idx on platform.notification (tenant_id, recipient_id, created_at desc);

comment on table platform.notification is 'A notice to one user, in the application or as a push.';

alter table platform.notification enable row level security;
alter table platform.notification force row level security;
create policy tenant on platform.notification
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- Update: a job that comes to another result on the same day corrects its notice. Delete: old notices and those
-- of erased people are removed.
grant select, insert, update, delete on platform.notification to nightshift_job;
