-- What the watchdog asks every five minutes.

-- The newest runs of a job that can be judged. Months of skipped runs (a paused job answers so every minute), dry runs and
-- runs of one tenant are not walked over. None of these columns moves by a heartbeat.
create index job_run_judged_idx on platform.job_run (job, started_at desc)
    where status in ('succeeded', 'partial', 'failed', 'incomplete') and not dry_run and scope = '';

-- What was resolved of late, to be told.
create index alert_resolved_idx on platform.alert (resolved_at) where resolved_at is not null;

-- How the outbox does: messages that failed in the hour before an instant, and messages that then are due for more than 30
-- minutes and neither sent nor given up. Whoever asks needs no right to pass by row level security: each tenant's are counted
-- with that tenant set, and at most a thousand of each. What is suspended is not delivered and not counted.
create function platform.message_health(at timestamptz, out failed bigint, out waiting bigint)
    language plpgsql
    set search_path = pg_catalog
as $$
declare
    tenant_before text := coalesce(current_setting('app.tenant_id', true), '');
    whose uuid;
    number bigint;
begin
    -- The operator's own first: they are seen where no tenant is set.
    perform set_config('app.tenant_id', '', true);
    select count(*) into failed
    from (
        select
        from platform.message m
        where m.tenant_id is null
        and m.status = 'failed'
        and m.failed_at > at - interval '1 hour'
        and m.failed_at <= at
        limit 1000
    ) capped;
    -- The claim of a message that is being sent and the pause before its next attempt are minutes, so its turn is near
    -- however long it has been due. The channels are named because the index has them before the turn.
    select count(*) into waiting
    from (
        select
        from platform.message m
        where m.tenant_id is null
        and m.channel in ('email', 'webhook', 'crm')
        and m.status in ('pending', 'sending')
        and m.due_at <= at + interval '15 minutes'
        and greatest(m.not_before, m.created_at) < at - interval '30 minutes'
        limit 1000
    ) capped;
    for whose in select t.id from platform.tenant t where t.suspended_at is null loop
        perform set_config('app.tenant_id', whose::text, true);
        select count(*) into number
        from (
            select
            from platform.message m
            where m.tenant_id = whose
            and m.status = 'failed'
            and m.failed_at > at - interval '1 hour'
            and m.failed_at <= at
            limit 1000
        ) capped;
        failed := failed + number;
        select count(*) into number
        from (
            select
            from platform.message m
            where m.tenant_id = whose
            and m.channel in ('email', 'webhook', 'crm')
            and m.status in ('pending', 'sending')
            and m.due_at <= at + interval '15 minutes'
            and greatest(m.not_before, m.created_at) < at - interval '30 minutes'
            limit 1000
        ) capped;
        waiting := waiting + number;
    end loop;
    perform set_config('app.tenant_id', tenant_before, true);
end
$$;

comment on function platform.message_health is
    'Counts messages that failed in the hour before an instant, and those that are due for more than 30 minutes.';
