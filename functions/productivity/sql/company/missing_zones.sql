-- Which of these zones this server cannot tell local times of: none, unless its database of time zones is older than ours.
select z.name as "name!"
from unnest($1::text[]) as z (name)
where not platform.has_time_zone(z.name)
