-- A distributor's settings: the usual ones that name everybody, or stricter ones that name nobody.
insert into sales.setting (
    id, tenant_id, non_delivery_weekdays, service_level, sample_attribution_days, max_tasks_per_owner_day,
    max_executions_per_day, cooldown_days, default_owner_user_id, default_owner_email, inventory_owner_user_id,
    manager_emails, buyer_emails, crm_enabled, created_at
)
select
    $1,
    $2,
    case when $3 then '{7}'::integer[] else '{6,7}' end,
    case when $3 then 0.950 else 0.990 end,
    case when $3 then 30 else 21 end,
    case when $3 then 20 else 12 end,
    case when $3 then 200 else 40 end,
    30,
    case when $3 then $4 end,
    case when $3 then 'office.' || $5 || '@example.com' end,
    case when $3 then $6 end,
    array['sales.' || $5 || '@example.com', ' Sales.' || $5 || '@Example.com '],
    case when $3 then array['buying.' || $5 || '@example.com'] else '{}' end,
    $3,
    $7
