-- Where a distributor is told of events: of all, of some, and at an address that is switched off. $1 gives their ids
-- in this order.
insert into platform.webhook_endpoint (
    id, tenant_id, target_url, event_types, secret, is_enabled, disabled_reason, created_at
)
select ($1::uuid[])[e.n], $2, e.url, e.types::text[], e.secret, e.n <> 3, e.reason, $4
from (
    values
    (1, 'https://erp.' || $3 || '.example/hooks', '{*}', 'whsec_bmlnaHRzaGlmdC1kZW1vLXNlY3JldC0x', null),
    (2, 'https://stock.' || $3 || '.example/low', '{inventory.low}', 'whsec_bmlnaHRzaGlmdC1kZW1vLXNlY3JldC0y', null),
    (3, 'https://old.' || $3 || '.example/hooks', '{*}', 'whsec_bmlnaHRzaGlmdC1kZW1vLXNlY3JldC0z', 'gone')
) as e (n, url, types, secret, reason)
