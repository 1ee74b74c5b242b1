-- Writes down candidates that were not executed: skipped, or refused by the database, each by the unique index
-- (tenant_id, trigger_id, dedupe_key). A failure adds an attempt. What was skipped before is left as it is when it is
-- skipped again, and what is final as well.
insert into sales.trigger_execution as e (
    tenant_id, trigger_id, dedupe_key, run_id, customer_id, sku_id, owner_user_id, condition_on, status,
    skip_reason, error_message, attempts, executed_at, executed_on, metadata
)
select
    $1, c.trigger_id, c.dedupe_key, $2, c.customer_id, c.sku_id, c.owner_user_id, c.condition_on,
    case when c.skip_reason is null then 'FAILED' else 'SKIPPED' end,
    c.skip_reason, c.error_message,
    case when c.skip_reason is null then 1 else 0 end,
    $3, $4,
    jsonb_build_object('type', c.trigger_type)
from rows from (
    unnest($6::uuid[]), unnest($7::text[]), unnest($8::text[]), unnest($9::uuid[]), unnest($10::uuid[]),
    unnest($11::uuid[]), unnest($12::date[]), unnest($13::text[]), unnest($14::text[]),
    generate_series(1, cardinality($6::uuid[]))
) as c (
    trigger_id, dedupe_key, trigger_type, customer_id, sku_id, owner_user_id, condition_on, skip_reason,
    error_message, place
)
on conflict (tenant_id, trigger_id, dedupe_key) do update set
    run_id = excluded.run_id,
    customer_id = excluded.customer_id,
    sku_id = excluded.sku_id,
    owner_user_id = excluded.owner_user_id,
    condition_on = excluded.condition_on,
    status = excluded.status,
    skip_reason = excluded.skip_reason,
    error_message = excluded.error_message,
    attempts = e.attempts + excluded.attempts,
    executed_at = excluded.executed_at,
    executed_on = excluded.executed_on,
    metadata = excluded.metadata
where (e.status = 'FAILED' and e.attempts < $5)
or (e.status = 'SKIPPED' and excluded.status = 'FAILED')
