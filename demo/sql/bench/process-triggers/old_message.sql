-- Its mails and calls.
insert into platform.message (
    id, tenant_id, job, channel, dedupe_key, target, subject, body_text, body_html, payload, headers, not_before,
    expires_at, status, attempts, next_attempt_at, last_error, provider_ref, sent_at, created_at, failed_at
)
select
    k.id, k.tenant_id, k.job, k.channel, k.dedupe_key, k.target, k.subject, k.body_text, k.body_html, k.payload,
    k.headers, k.not_before, k.expires_at, k.status, k.attempts, k.next_attempt_at, k.last_error, k.provider_ref,
    k.sent_at, k.created_at, k.failed_at
from public.kept_trigger_execution e
join public.kept_message k
    on k.tenant_id = $1
    and starts_with(k.dedupe_key, 'trigger:' || e.trigger_id || ':' || e.dedupe_key)
where e.tenant_id = $1
and e.id = $2
and $3 is not null
