-- Executes candidates: the execution by the unique index (tenant_id, trigger_id, dedupe_key), and with it its task, its
-- notice, its messages and the date that it answers to, for those executions only that were not final already,
-- whoever made them so. Says how much of each there is. A task has the id of its execution, which makes one.
with candidate as materialized (
    select *
    from rows from (
        unnest($6::uuid[]), unnest($7::text[]), unnest($8::uuid[]), unnest($9::uuid[]), unnest($10::uuid[]),
        unnest($11::date[]), unnest($12::jsonb[]), unnest($13::boolean[]), unnest($14::boolean[]),
        unnest($15::text[]), unnest($16::text[]), unnest($17::date[]), unnest($18::text[]), unnest($19::text[]),
        unnest($20::text[]), unnest($21::text[]), unnest($22::jsonb[]), unnest($23::jsonb[]),
        generate_series(1, cardinality($6::uuid[]))
    ) as c (
        trigger_id, dedupe_key, customer_id, sku_id, owner_user_id, condition_on, metadata, has_task, clears_date,
        title, description, due_on, priority, mail_subject, mail_text, mail_html, webhook_payload, crm_payload, place
    )
),
executed as (
    insert into sales.trigger_execution as e (
        tenant_id, trigger_id, dedupe_key, run_id, customer_id, sku_id, owner_user_id, condition_on, status,
        task_created, executed_at, executed_on, metadata
    )
    select
        $1, c.trigger_id, c.dedupe_key, $2, c.customer_id, c.sku_id, c.owner_user_id, c.condition_on, 'SUCCESS',
        c.has_task, $3, $4, c.metadata
    from candidate c
    on conflict (tenant_id, trigger_id, dedupe_key) do update set
        run_id = excluded.run_id,
        customer_id = excluded.customer_id,
        sku_id = excluded.sku_id,
        owner_user_id = excluded.owner_user_id,
        condition_on = excluded.condition_on,
        status = excluded.status,
        skip_reason = null,
        error_message = null,
        task_created = excluded.task_created,
        executed_at = excluded.executed_at,
        executed_on = excluded.executed_on,
        metadata = excluded.metadata
    where e.status = 'SKIPPED'
    or (e.status = 'FAILED' and e.attempts < $5)
    returning e.id, e.trigger_id, e.dedupe_key
),
fired as materialized (
    select c.*, e.id as execution_id
    from executed e
    join candidate c on c.trigger_id = e.trigger_id and c.dedupe_key = e.dedupe_key
),
task as (
    insert into sales.task (
        id, tenant_id, user_id, customer_id, sku_id, trigger_execution_id, title, description, due_on, priority
    )
    select
        execution_id, $1, owner_user_id, customer_id, sku_id, execution_id, title, description, due_on, priority
    from fired
    where has_task
    on conflict do nothing
    returning id
),
notice as (
    insert into platform.notification (
        tenant_id, recipient_id, kind, title, body, link, channel, dedupe_key, expires_at
    )
    select
        $1, owner_user_id, 'sales.task', title, description, '/tasks/' || execution_id, 'in_app',
        'trigger:' || trigger_id || ':' || dedupe_key, $24
    from fired
    where has_task
    on conflict (tenant_id, dedupe_key) do nothing
    returning id
),
-- Only the date that was answered: another one that somebody set meanwhile stays.
cleared as (
    update sales.customer c
    set do_not_contact_until = null
    from fired f
    where c.tenant_id = $1
    and c.id = f.customer_id
    -- Said twice, so that every plan there is looks for these rows only.
    and c.id = any($8)
    and f.clears_date
    and c.do_not_contact_until = f.condition_on
),
-- An execution's messages of one channel differ in their targets only.
message as (
    insert into platform.message (
        tenant_id, job, channel, dedupe_key, target, subject, body_text, body_html, payload, not_before, expires_at
    )
    select
        $1, 'process-triggers', m.channel,
        'trigger:' || f.trigger_id || ':' || f.dedupe_key || case when m.channel = 'crm' then '' else ':' || m.target end,
        m.target,
        case when m.channel = 'email' then f.mail_subject else '' end,
        case when m.channel = 'email' then f.mail_text else '' end,
        case when m.channel = 'email' then f.mail_html else '' end,
        case m.channel
            when 'email' then jsonb_build_object(
                'kind', 'trigger', 'transactional', true, 'triggerId', f.trigger_id, 'dedupeKey', f.dedupe_key
            )
            when 'webhook' then f.webhook_payload
            else f.crm_payload
        end,
        $3, $25
    from rows from (
        unnest($26::integer[]), unnest($27::text[]), unnest($28::text[]),
        generate_series(1, cardinality($26::integer[]))
    ) as m (place, channel, target, number)
    join fired f on f.place = m.place
    on conflict (tenant_id, channel, dedupe_key) do nothing
    returning channel
)
select
    (select count(*) from executed) as "executed!",
    (select count(*) from task) as "tasks!",
    (select count(*) from notice) as "notices!",
    (select count(*) from message where channel = 'email') as "emails!",
    (select count(*) from message where channel = 'webhook') as "webhooks!",
    (select count(*) from message where channel = 'crm') as "crm_updates!"
