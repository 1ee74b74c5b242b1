-- Closes notices, by the primary key. One that was read meanwhile is left as it is, and not counted.
update platform.notification
set read_at = $2
where tenant_id = $1
and id = any($3)
and read_at is null
