-- Remembers who was nudged. The key keeps an evening from being counted twice.
insert into productivity.contact_log (tenant_id, dedupe_key, user_id, kind, local_date)
select $1, n.dedupe_key, n.user_id, 'daily_nudge', n.local_date
from unnest($2::text[], $3::uuid[], $4::date[]) as n (dedupe_key, user_id, local_date)
on conflict (tenant_id, dedupe_key) do nothing
