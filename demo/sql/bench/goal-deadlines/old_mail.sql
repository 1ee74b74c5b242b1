-- The e-mail that was sent to him.
insert into platform.message (
    id, tenant_id, job, channel, dedupe_key, target, subject, body_text, body_html, payload, headers, not_before,
    expires_at, status, attempts, next_attempt_at, last_error, provider_ref, sent_at, created_at, failed_at
)
select
    w.id, w.tenant_id, w.job, w.channel, w.dedupe_key, w.target, w.subject, w.body_text, w.body_html, w.payload,
    w.headers, w.not_before, w.expires_at, w.status, w.attempts, w.next_attempt_at, w.last_error, w.provider_ref,
    w.sent_at, w.created_at, w.failed_at
from public.kept k
cross join lateral unnest(array[k.message]) w
where k.tenant_id = $1
and k.id = $2
and k.message is distinct from null
and $3::timestamptz is not null
