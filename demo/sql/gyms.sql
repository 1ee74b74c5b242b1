-- Every gym, in the order in which jobs take them.
select id, slug, name, time_zone
from platform.tenant
where product = 'coaching'
order by slug
