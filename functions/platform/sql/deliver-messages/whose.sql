-- Whose messages a transaction without a fence may touch, and how long a statement in it may take.
select
    set_config('app.tenant_id', coalesce($1::uuid::text, ''), true) as "tenant!",
    set_config('statement_timeout', '10s', true) as "statement_timeout!"
