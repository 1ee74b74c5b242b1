insert into platform.tenant (id, slug, name, product, time_zone, created_at)
values ($1, $2, $3, 'coaching', $4, $5)
