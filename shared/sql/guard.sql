-- The first statement of a page: whose data it may touch (without a tenant nobody's), how long a statement may take, and
-- whether the run still owns its fence. The row lock makes a later run wait until this page is committed.
select
    set_config('app.tenant_id', coalesce($1::uuid::text, ''), true) as "tenant!",
    set_config('statement_timeout', $2::text, true) as "statement_timeout!",
    coalesce(
        (select lease.fence = $5 from platform.job_lease lease where lease.job = $3 and lease.scope = $4 for share),
        false
    ) as "owned!"
