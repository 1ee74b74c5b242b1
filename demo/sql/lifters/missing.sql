-- How many of those who pay, and have been there since before a week, have no report of it.
select count(*) as "count!"
from training.app_user u
where u.tenant_id = $1
and u.entitlement = 'pro'
and u.disabled_at is null
and u.registered_at < $2::date
and not exists (
    select from training.weekly_report r
    where r.tenant_id = $1
    and r.user_id = u.id
    and r.week_start = $2
)
