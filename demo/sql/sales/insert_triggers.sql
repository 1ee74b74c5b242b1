-- A trigger of each type, some with figures of their own; a second one for samples, which was switched off; and one
-- whose config cannot be used. $1 gives their ids in this order.
insert into sales.trigger (id, tenant_id, trigger_type, name, is_active, config, actions, created_at)
select ($1::uuid[])[t.n], $2, t.type, t.name, t.n <> 9, t.config::jsonb, t.actions::text[], $3
from (
    values
    (1, 'CUSTOMER_DORMANCY', 'Win back', '{}', '{CREATE_TASK, CALL_WEBHOOK}'),
    (2, 'LOW_INVENTORY', 'Low stock', '{"minSeverity": "WARNING"}', '{SEND_EMAIL, CALL_WEBHOOK}'),
    (3, 'MISSED_ORDER_PATTERN', 'Missed orders', '{"warnFactor": 1.3}', '{CREATE_TASK}'),
    (4, 'REVENUE_DECLINE', 'Falling revenue', '{"dropThreshold": 0.25, "priority": "HIGH"}', '{CREATE_TASK, SEND_EMAIL}'),
    (5, 'SAMPLE_NO_ORDER', 'After a tasting', '{"daysAfter": 7}', '{CREATE_TASK}'),
    (6, 'FIRST_ORDER_FOLLOWUP', 'Thank you', '{"taskTitle": "Thank {customer} for the first order"}', '{CREATE_TASK, UPDATE_CRM}'),
    (7, 'CUSTOMER_TIMING', 'Time to call', '{}', '{CREATE_TASK}'),
    (8, 'BURN_RATE_ALERT', 'Due for a reorder', '{"minConfidence": 0.6, "dueDays": 1}', '{SEND_EMAIL, UPDATE_CRM}'),
    (9, 'SAMPLE_NO_ORDER', 'A month after a tasting', '{"daysAfter": 30}', '{SEND_EMAIL}'),
    (10, 'MISSED_ORDER_PATTERN', 'Missed orders, tried out', '{"warnFactor": "a little"}', '{CREATE_TASK}')
) as t (n, type, name, config, actions)
where t.n < 10 or $4
