-- Writes down what became of attempts, as long as nobody else has claimed the message since; and lets a webhook's endpoint go,
-- to be left alone for a while.
--
-- $1: whose. $2: now. $3 to $10, one for each message: id, the attempt, what became of it, why, the receiver's own name for it,
-- whether the attempt counts, for how long the message waits in seconds, and for how long its endpoint does. NULL: it does not.
with attempt as (
    select *
    from unnest(
        $3::uuid[], $4::int[], $5::text[], $6::text[], $7::text[], $8::boolean[], $9::float8[], $10::float8[]
    ) as a (id, attempts, status, why, reference, counts, wait, hold)
),
settled as (
    -- By the primary key alone: the policy says whose, and the operator is no tenant.
    update platform.message m
    set status = case a.status when 'gone' then 'failed' else a.status end,
        attempts = m.attempts - (not a.counts)::int,
        next_attempt_at = $2::timestamptz + make_interval(secs => a.wait),
        last_error = coalesce(a.why, m.last_error),
        provider_ref = coalesce(a.reference, m.provider_ref),
        sent_at = case when a.status = 'sent' then $2::timestamptz end,
        failed_at = case when a.status in ('failed', 'gone') then $2::timestamptz end
    from attempt a
    where m.id = a.id
    and m.status = 'sending'
    and m.attempts = a.attempts
    returning m.id, m.target, a.status, a.why, a.hold
),
released as (
    update platform.webhook_endpoint e
    set next_send_at = clock_timestamp() + make_interval(secs => s.hold),
        is_enabled = e.is_enabled and s.status <> 'gone',
        disabled_reason = case when s.status = 'gone' then s.why else e.disabled_reason end
    from settled s
    where e.tenant_id = $1
    and e.id::text = s.target
    and s.hold is not null
    returning e.id
)
select s.id as "id!" from settled s
