-- Everybody has been at work for an hour and a quarter, and wants to hear of breaks at any hour.
insert into productivity.notification_pref (tenant_id, user_id)
select tenant_id, id
from productivity.app_user
on conflict (tenant_id, user_id) do nothing;

update productivity.notification_pref
set break_outside_work = true;

insert into productivity.timer_session (tenant_id, user_id, type, started_at, status, created_at, updated_at)
select u.tenant_id, u.id, 'focus', '2026-01-29T01:45Z', 'running', '2026-01-29T01:45Z', '2026-01-29T01:45Z'
from productivity.app_user u
where not exists (
    select
    from productivity.timer_session s
    where s.tenant_id = u.tenant_id
    and s.user_id = u.id
    and s.status in ('running', 'paused')
)
