-- Somebody of whose way of working most is known.
select
    u.display_name as "display_name!",
    p.sample,
    p.preferred_type as "preferred_type!",
    p.best_daypart as "best_daypart!",
    p.usual_hour as "usual_hour!",
    p.median_seconds as "median_seconds!",
    p.completion_rate::text as "completion_rate!"
from productivity.user_behavior_profile p
join productivity.app_user u on u.tenant_id = $1 and u.id = p.user_id
where p.tenant_id = $1
and p.preferred_type is not null
order by p.sample desc, p.user_id
limit 1
