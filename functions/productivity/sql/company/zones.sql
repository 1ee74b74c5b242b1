-- The zones that a company's users have set, '' for those who have none. By the index (tenant_id, zone), a step for each.
with recursive zone as (
    (
        select case when u.time_zone is null then '' else u.time_zone end as name
        from productivity.app_user u
        where u.tenant_id = $1
        order by case when u.time_zone is null then '' else u.time_zone end
        limit 1
    )
    union all
    select (
        select case when u.time_zone is null then '' else u.time_zone end
        from productivity.app_user u
        where u.tenant_id = $1
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
