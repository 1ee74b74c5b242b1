-- Claims of each endpoint that is free the one webhook whose turn it is, of at most $3 endpoints, and says of each whether it is
-- to be sent. What goes to an endpoint that is disabled or gone is given up, 500 at a time.
--
-- An endpoint is free when nothing is being sent there and its pause is over, by the server's clock. So a claim lasts as
-- long as the endpoint is kept, and no receiver gets two messages at once, whoever sends them.
--
-- $1: whose. $2: now. $4: how long a claim lasts. $5: attempts that a message has.
with endpoint as materialized (
    -- As text first: a comparison that casts would find nothing by an index.
    select e.id, e.id::text as target, e.is_enabled and coalesce(e.next_send_at <= clock_timestamp(), true) as is_free, e.is_enabled
    from platform.webhook_endpoint e
    where e.tenant_id = $1
),
ready as materialized (
    select e.id
    from endpoint e
    cross join lateral (
        select m.due_at
        from platform.message m
        where m.tenant_id = $1
        and m.target = e.target
        and m.channel = 'webhook'
        and m.status in ('pending', 'sending')
        and m.due_at <= $2
        order by m.due_at
        limit 1
    ) m
    where e.is_free
    limit $3
),
free as materialized (
    select e.id, e.id::text as target, e.target_url, e.secret, e.previous_secret, e.is_ordered
    from platform.webhook_endpoint e
    where e.tenant_id = $1
    and e.id = any(array(select r.id from ready r))
    and e.is_enabled
    and (e.next_send_at is null or e.next_send_at <= clock_timestamp())
    for update skip locked
),
turn as materialized (
    select m.id
    from free f
    cross join lateral (
        select m.id
        from platform.message m
        where m.tenant_id = $1
        and m.target = f.target
        and m.channel = 'webhook'
        and m.status in ('pending', 'sending')
        and m.due_at <= $2
        order by m.due_at, m.id
        limit 1
        for update skip locked
    ) m
),
-- Who cannot be sent to any more is seen among the longest due.
lost as materialized (
    select m.id
    from platform.message m
    where m.tenant_id = $1
    and m.id = any(array(
        select oldest.id
        from (
            select m.id, m.target
            from platform.message m
            where m.tenant_id = $1
            and m.channel = 'webhook'
            and m.status in ('pending', 'sending')
            and m.due_at <= $2
            order by m.due_at, m.id
            limit 500
        ) oldest
        where oldest.target <> all(array(select e.target from endpoint e where e.is_enabled))
    ))
    and m.status in ('pending', 'sending')
    for update skip locked
),
due as (
    select t.id from turn t
    union
    select l.id from lost l
),
judged as (
    select
        m.id,
        f.id as endpoint_id, f.target_url, f.secret, f.previous_secret, f.is_ordered,
        case
            when m.expires_at <= $2 then 'expired'
            when f.id is null or m.attempts >= $5 then 'failed'
            else 'sending'
        end as status
    from due
    join platform.message m on m.tenant_id = $1 and m.id = due.id
    left join free f on f.target = m.target
),
kept as (
    update platform.webhook_endpoint e
    set next_send_at = clock_timestamp() + make_interval(secs => $4)
    from judged j
    where e.tenant_id = $1
    and e.id = j.endpoint_id
    and j.status = 'sending'
)
update platform.message m
set status = j.status,
    attempts = m.attempts + (j.status = 'sending')::int,
    last_error = case
        when j.status <> 'failed' then m.last_error
        when j.endpoint_id is null then 'its webhook endpoint is disabled or there no more'
        else 'its last attempt ended without a word; it may have been sent'
    end,
    failed_at = case when j.status = 'failed' then $2 end
from judged j
where m.tenant_id = $1
and m.id = j.id
returning
    m.id, m.job, m.channel, m.target, m.subject, m.body_text, m.body_html, m.payload, m.headers,
    m.status, m.attempts,
    j.target_url as "target_url?", j.secret as "secret?", j.previous_secret as "previous_secret?",
    coalesce(j.is_ordered, false) as "is_ordered!"
