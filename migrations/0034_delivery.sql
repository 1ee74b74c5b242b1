-- What deliver-messages needs to find the messages whose turn it is, and to keep its pace with each receiver.

alter table platform.message add column failed_at timestamptz;
comment on column platform.message.failed_at is 'When deliver-messages gave it up.';

-- A message's turn. A column, since under row level security an index finds nothing by an expression of several columns.
alter table platform.message
    add column due_at timestamptz not null generated always as (coalesce(next_attempt_at, not_before, created_at)) stored;
comment on column platform.message.due_at is
    'Its turn: the end of its wait or of its claim, else when it may be sent first, else when it was made.';

-- Each channel has its own queue, so that a long one of webhooks does not stand before an e-mail.
drop index platform.message_due_idx;
create index message_due_idx on platform.message (tenant_id, channel, due_at, id) where status in ('pending', 'sending');

-- Webhooks go to one endpoint after the other, and to each endpoint one after the other.
create index message_endpoint_idx on platform.message (tenant_id, target, due_at, id)
    where channel = 'webhook' and status in ('pending', 'sending');

-- The few that failed lately, for the watchdog.
create index message_failed_at_idx on platform.message (tenant_id, failed_at) where status = 'failed';

alter table platform.webhook_endpoint
    add column next_send_at timestamptz,
    add column is_ordered boolean not null default false;
comment on column platform.webhook_endpoint.next_send_at is
    'Nothing is sent there before this instant of the server''s clock: the end of a claim, a pause between two messages, or a pause that the receiver asked for.';
comment on column platform.webhook_endpoint.is_ordered is
    'Whether a message waits until the ones before it are sent or given up. What is tried again then holds up all behind it.';

grant update (next_send_at) on platform.webhook_endpoint to nightshift_job;

-- The tenants and channels that have something to send at $1, or, where only the pace of an endpoint stands in its way,
-- within two seconds. It looks at one tenant after the other as its caller may: the policies hold in it as everywhere. A
-- tenant that is NULL is the operator. With $3 only this tenant.
create function platform.outbox_due(now timestamptz, channels text[], only_tenant uuid)
returns table (tenant_id uuid, channel text)
language plpgsql
as $$
declare
    owner uuid;
    way text;
    is_due boolean;
begin
    for owner in
        select t.id from platform.tenant t where t.suspended_at is null and (only_tenant is null or t.id = only_tenant)
        union all
        select null where only_tenant is null
    loop
        perform set_config('app.tenant_id', coalesce(owner::text, ''), true);
        foreach way in array array_remove(channels, 'webhook') loop
            is_due := case when owner is null
                then exists (
                    select from platform.message m
                    where m.tenant_id is null
                    and m.channel = way
                    and m.status in ('pending', 'sending')
                    and m.due_at <= outbox_due.now
                    and (m.status = 'pending' or m.next_attempt_at is null or m.next_attempt_at <= clock_timestamp())
                )
                else exists (
                    select from platform.message m
                    where m.tenant_id = owner
                    and m.channel = way
                    and m.status in ('pending', 'sending')
                    and m.due_at <= outbox_due.now
                    and (m.status = 'pending' or m.next_attempt_at is null or m.next_attempt_at <= clock_timestamp())
                )
            end;
            if is_due then
                outbox_due.tenant_id := owner;
                outbox_due.channel := way;
                return next;
            end if;
        end loop;
        -- An endpoint is a tenant's.
        if owner is not null and 'webhook' = any(channels) and (
            exists (
                -- As text first: a comparison that casts would find nothing by an index.
                with endpoint as materialized (
                    select e.id::text as target
                    from platform.webhook_endpoint e
                    where e.tenant_id = owner
                    and (
                        not e.is_enabled
                        or e.next_send_at is null
                        or e.next_send_at <= clock_timestamp() + interval '2 seconds'
                    )
                )
                select
                from endpoint e
                cross join lateral (
                    select m.due_at
                    from platform.message m
                    where m.tenant_id = owner
                    and m.target = e.target
                    and m.channel = 'webhook'
                    and m.status in ('pending', 'sending')
                    and m.due_at <= outbox_due.now
                    order by m.due_at
                    limit 1
                ) m
            )
            -- To an endpoint that is there no more.
            or exists (
                select from (
                    select m.target
                    from platform.message m
                    where m.tenant_id = owner
                    and m.channel = 'webhook'
                    and m.status in ('pending', 'sending')
                    and m.due_at <= outbox_due.now
                    order by m.due_at, m.id
                    limit 500
                ) oldest
                where oldest.target <> all(
                    array(select e.id::text from platform.webhook_endpoint e where e.tenant_id = owner)
                )
            )
        ) then
            outbox_due.tenant_id := owner;
            outbox_due.channel := 'webhook';
            return next;
        end if;
    end loop;
    perform set_config('app.tenant_id', '', true);
end
$$;

comment on function platform.outbox_due is 'Which tenants have messages whose turn it is.';

grant execute on function platform.outbox_due to nightshift_job;
