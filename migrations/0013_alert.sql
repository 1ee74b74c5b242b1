-- What an operator must know. An alert stays one row from opening to resolving, however often the watchdog sees
-- its cause, so that it sends one e-mail each way.

create table platform.alert (
    id uuid primary key default gen_random_uuid(),
    job text not null,
    -- What is wrong; where a domain judges each tenant, with the tenant's slug.
    rule text not null,
    severity text not null check (severity in ('info', 'warning', 'critical')),
    message text not null,
    opened_at timestamptz not null default now(),
    last_seen_at timestamptz not null default now(),
    resolved_at timestamptz,
    created_at timestamptz not null default now()
)
-- last_seen_at moves at every look of the watchdog.
with (fillfactor = 70);

-- One open alert for a job and rule; resolved ones are history.
create unique index alert_open_key on platform.alert (job, rule) where resolved_at is null;

create index alert_opened_at_idx on platform.alert (opened_at desc);

comment on table platform.alert is 'Something that an operator must know, from its opening to its resolving.';

grant select, insert, update on platform.alert to nightshift_job;
