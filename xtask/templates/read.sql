-- The next unread notices in the order of their ids, by the primary key.
--
-- The page begins at $2, which is never NULL, and leaves out $3, the id that it comes after. An expression
-- in place of the plain parameter would keep the comparison out of the index: under row level security only
-- what cannot leak goes in there.
select
    id,
    expires_at
from platform.notification
where tenant_id = $1
and id >= $2
and id is distinct from $3
and read_at is null
order by id
limit $4
