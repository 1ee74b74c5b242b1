-- The e-mail of a job with the longest subject among those that wait to be sent, rather one that tells of goals.
select
    u.display_name as "display_name!",
    coalesce(nullif(btrim(u.time_zone), ''), t.time_zone) as "time_zone!",
    m.subject,
    m.body_text,
    m.not_before
from platform.message m
join productivity.contact_log c on c.tenant_id = $1 and c.dedupe_key = m.dedupe_key
join productivity.app_user u on u.tenant_id = $1 and u.id = c.user_id
join platform.tenant t on t.id = $1
where m.tenant_id = $1
and m.job = $2
and m.status = 'pending'
order by m.subject ~ '\m0 goals', length(m.subject) desc, m.dedupe_key
limit 1
