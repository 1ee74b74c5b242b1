-- Every tenant of a product, in the order in which jobs take them.
select id, slug, name, time_zone
from platform.tenant
where product = $1
order by slug
