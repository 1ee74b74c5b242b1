-- Writes notices of which there are none yet under their keys, and tells the keys of those.
insert into platform.notification (tenant_id, recipient_id, kind, title, body, link, channel, dedupe_key, expires_at)
select $1, n.recipient_id, n.kind, n.title, n.body, n.link, n.channel, n.dedupe_key, n.expires_at
from unnest(
    $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::timestamptz[]
) as n (recipient_id, kind, title, body, link, channel, dedupe_key, expires_at)
on conflict (tenant_id, dedupe_key) do nothing
returning dedupe_key
