-- Deletes the segments of a month ($2, before $3) of those who are not counted any more: deleted since, or of the staff.
delete from productivity.user_segment g
where g.tenant_id = $1
and g.month = $2
and not exists (
    select
    from productivity.analysed_user u
    where u.tenant_id = $1
    and u.id = g.user_id
    and u.created_at < $3
    and (u.deleted_at is null or u.deleted_at >= $3)
)
