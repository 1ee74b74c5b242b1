-- $1 e-mails that are due, $2 whose turn is a day later, and $3 webhooks of one endpoint that were made before them all.
with endpoint as (
    insert into platform.webhook_endpoint (id, tenant_id, target_url, secret)
    values (
        '00000000-0000-0000-0000-000000000002', '00000000-0000-0000-0000-000000000001', 'https://slow.example/hooks',
        'whsec_bmlnaHRzaGlmdC1kZW1vLXNlY3JldC0x'
    )
)
insert into platform.message (
    tenant_id, job, channel, dedupe_key, target, subject, body_text, payload, not_before, created_at
)
select
    '00000000-0000-0000-0000-000000000001', 'coach-actions', m.channel, m.kind || '-' || n, m.target, 'Note', 'A line.',
    '{"kind": "note", "transactional": true}', m.not_before, m.created_at
from (
    values
    ('due', 'email', 'member@example.com', $1::bigint, null::timestamptz, timestamptz '2026-01-29T02:00:00Z'),
    ('later', 'email', 'member@example.com', $2, '2026-01-30T03:00:00Z', '2026-01-29T01:00:00Z'),
    ('hook', 'webhook', '00000000-0000-0000-0000-000000000002', $3, null, '2026-01-29T01:00:00Z')
) as m (kind, channel, target, count, not_before, created_at)
cross join lateral generate_series(1, m.count) n
