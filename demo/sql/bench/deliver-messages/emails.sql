-- E-mails of some 3 kB, $1 of them, that have waited for an hour.
insert into platform.message (
    tenant_id, job, channel, dedupe_key, target, subject, body_text, body_html, payload, created_at
)
select
    '00000000-0000-0000-0000-000000000001', 'coach-actions', 'email', 'note-' || n, 'member-' || n || '@example.com',
    'Note ' || n, repeat(E'A line of text for a member.\n', 35), repeat(E'<p>A line of text for a member.</p>\n', 55),
    '{"kind": "note", "transactional": true}', timestamptz '2026-01-29T02:00:00Z'
from generate_series(1, $1::bigint) n
