insert into coaching.setting (id, tenant_id, expected_visits_per_week, day_rollover_hour, cooldown_days, created_at)
values ($1, $2, 3, 20, 5, $3)
