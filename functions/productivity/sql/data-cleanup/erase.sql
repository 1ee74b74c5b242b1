-- Erases people who have been deleted since before $2 and are not on hold: what was written to them, what they were told,
-- what was announced of their goals, and themselves. Everything else of theirs goes with them by its foreign key.
--
-- All parts of the statement see what was there before it, so the log still knows the messages.
with victim as materialized (
    select u.id
    from jsonb_to_recordset($3) as k (id uuid)
    join productivity.app_user u on u.tenant_id = $1 and u.id = k.id
    where u.deleted_at < $2
    and not u.legal_hold
),
message as (
    delete from platform.message m
    using victim v, productivity.contact_log c
    where c.tenant_id = $1
    and c.user_id = v.id
    and m.tenant_id = $1
    and m.channel = any ('{email,webhook,crm}')
    and m.dedupe_key = c.dedupe_key
),
notification as (
    delete from platform.notification n
    using victim v
    where n.tenant_id = $1
    and n.recipient_id = v.id
),
mark as (
    delete from productivity.goal_reminder_mark r
    using victim v
    where r.tenant_id = $1
    and r.user_id = v.id
)
delete from productivity.app_user u
using victim v
where u.tenant_id = $1
and u.id = v.id
