-- How many users the language model coached on two UTC dates, and how often. By the index (tenant_id, usage_date).
select
    count(*) filter (where usage_date = $2) as "users_today!",
    coalesce(sum(coach_calls) filter (where usage_date = $2), 0) as "calls_today!",
    count(*) filter (where usage_date = $3) as "users_yesterday!",
    coalesce(sum(coach_calls) filter (where usage_date = $3), 0) as "calls_yesterday!"
from training.llm_usage_daily
where tenant_id = $1
and usage_date in ($2, $3)
and coach_calls > 0
