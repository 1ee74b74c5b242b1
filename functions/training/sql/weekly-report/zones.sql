-- The zones that users who may get a report have set, '' for those who have none. By the index (tenant_id, zone, id) of
-- these users, a step for each zone.
with recursive zone as (
    (
        select case when u.time_zone is null then '' else u.time_zone end as name
        from training.app_user u
        where u.tenant_id = $1
        and (u.entitlement = 'pro' or u.pro_trial_ends_at is not null)
        order by case when u.time_zone is null then '' else u.time_zone end
        limit 1
    )
    union all
    select (
        select case when u.time_zone is null then '' else u.time_zone end
        from training.app_user u
        where u.tenant_id = $1
        and (u.entitlement = 'pro' or u.pro_trial_ends_at is not null)
        and case when u.time_zone is null then '' else u.time_zone end > zone.name
        order by case when u.time_zone is null then '' else u.time_zone end
        limit 1
    )
    from zone
    where zone.name is not null
)
select name as "name!"
from zone
where name is not null
