-- Triggers: what is to be noticed, what was done about it, and the tasks that came of it.

create table sales.trigger (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null references platform.tenant on delete cascade,
    trigger_type text not null check (trigger_type in (
        'CUSTOMER_DORMANCY', 'LOW_INVENTORY', 'MISSED_ORDER_PATTERN', 'REVENUE_DECLINE', 'SAMPLE_NO_ORDER',
        'FIRST_ORDER_FOLLOWUP', 'CUSTOMER_TIMING', 'BURN_RATE_ALERT'
    )),
    name text not null,
    is_active boolean not null default true,
    -- People write it. What is unusable in it the job says, so that the trigger is not lost.
    config jsonb not null default '{}',
    actions text[] not null default '{CREATE_TASK}' check (
        cardinality(actions) >= 1
        and actions <@ array['CREATE_TASK', 'SEND_EMAIL', 'CALL_WEBHOOK', 'UPDATE_CRM']
        and array_position(actions, null) is null
    ),
    created_at timestamptz not null default now(),
    unique (tenant_id, id)
);

-- It clears the date that it fires on, so two would be one too many.
create unique index trigger_customer_timing_key on sales.trigger (tenant_id)
    where trigger_type = 'CUSTOMER_TIMING' and is_active;

comment on table sales.trigger is 'A condition that process-triggers looks for, and what is to be done then.';

create table sales.trigger_execution (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null,
    trigger_id uuid not null,
    -- Names the occasion: a trigger fires once for each.
    dedupe_key text not null,
    run_id uuid,
    customer_id uuid,
    sku_id uuid,
    owner_user_id uuid,
    -- The date that the condition speaks of.
    condition_on date not null check (condition_on between '1899-12-31' and '2300-01-01'),
    status text not null check (status in ('SUCCESS', 'FAILED', 'SKIPPED')),
    skip_reason text check (skip_reason in (
        'do_not_contact', 'missing_owner', 'no_target', 'cooldown', 'customer_limit', 'owner_limit', 'tenant_limit'
    )),
    error_message text,
    -- How often it failed.
    attempts integer not null default 0 check (attempts >= 0),
    task_created boolean not null default false,
    executed_at timestamptz not null,
    executed_on date not null check (executed_on between '1899-12-31' and '2300-01-01'),
    metadata jsonb not null default '{}',
    created_at timestamptz not null default now(),
    unique (tenant_id, id),
    constraint trigger_execution_key unique (tenant_id, trigger_id, dedupe_key),
    foreign key (tenant_id, trigger_id) references sales.trigger (tenant_id, id) on delete cascade,
    foreign key (tenant_id, customer_id) references sales.customer (tenant_id, id) on delete cascade,
    foreign key (tenant_id, sku_id) references sales.sku (tenant_id, id) on delete cascade
);

-- What was done on a day: the limits.
create index idx_trigger_execution_executed_on on sales.trigger_execution (tenant_id, executed_on)
    where status = 'SUCCESS';
create index idx_trigger_execution_customer
    on sales.trigger_execution (tenant_id, trigger_id, customer_id, executed_on);

comment on table sales.trigger_execution is 'What became of an occasion that a trigger noticed, of process-triggers.';

create table sales.task (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null references platform.tenant on delete cascade,
    user_id uuid not null,
    customer_id uuid,
    sku_id uuid,
    -- NULL = a person made it.
    trigger_execution_id uuid,
    title text not null,
    description text not null,
    due_on date not null check (due_on between '1899-12-31' and '2300-01-01'),
    priority text not null default 'MEDIUM' check (priority in ('LOW', 'MEDIUM', 'HIGH')),
    status text not null default 'PENDING' check (status in ('PENDING', 'IN_PROGRESS', 'COMPLETED', 'CANCELLED')),
    completed_at timestamptz,
    created_at timestamptz not null default now(),
    unique (tenant_id, id),
    -- An execution makes one task.
    constraint task_trigger_execution_key unique (tenant_id, trigger_execution_id),
    foreign key (tenant_id, customer_id) references sales.customer (tenant_id, id) on delete cascade,
    foreign key (tenant_id, sku_id) references sales.sku (tenant_id, id) on delete cascade,
    foreign key (tenant_id, trigger_execution_id) references sales.trigger_execution (tenant_id, id) on delete cascade
);

comment on table sales.task is 'Something that a user is to do.';

do $$
declare
    relation text;
begin
    foreach relation in array array[
        'trigger', 'trigger_execution', 'task'
    ] loop
        execute format('alter table sales.%I enable row level security, force row level security', relation);
        execute format(
            'create policy tenant on sales.%I
                using (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid)
                with check (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid)',
            relation
        );
    end loop;
end
$$;

grant select on sales.trigger, sales.trigger_execution, sales.task to nightshift_job;
grant insert, update on sales.trigger_execution to nightshift_job;
grant insert on sales.task to nightshift_job;
