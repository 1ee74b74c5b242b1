-- The product's tenants that are not suspended, or with * those of all products, in order of slug; with $2 only the one so
-- named.
select id, slug, name, time_zone
from platform.tenant
where $1 in (product, '*')
and suspended_at is null
and ($2::text is null or slug = $2 or id::text = lower($2))
order by slug
