-- Claims a channel's messages whose turn it is, at most $4, oldest turn first, and says of each whether it is to be sent.
--
-- $1: whose. $2: the channel. $3: now. $5: how long a claim lasts. $6: attempts that a message has.
-- A claim ends by the server's clock, whatever the run's is. The operator's messages are asked for apart, since an index finds
-- no NULL by a comparison.
with of_tenant as (
    select m.id
    from platform.message m
    where m.tenant_id = $1
    and m.channel = $2
    and m.status in ('pending', 'sending')
    and m.due_at <= $3
    and (m.status = 'pending' or m.next_attempt_at is null or m.next_attempt_at <= clock_timestamp())
    order by m.due_at, m.id
    limit $4
    for update skip locked
),
of_operator as (
    select m.id
    from platform.message m
    where $1::uuid is null
    and m.tenant_id is null
    and m.channel = $2
    and m.status in ('pending', 'sending')
    and m.due_at <= $3
    and (m.status = 'pending' or m.next_attempt_at is null or m.next_attempt_at <= clock_timestamp())
    order by m.due_at, m.id
    limit $4
    for update skip locked
),
due as (
    select
        m.id,
        case
            when m.expires_at <= $3 then 'expired'
            when m.channel = 'email' and exists (
                select from platform.suppression s
                where s.tenant_id = $1
                and s.address = lower(trim(m.target))
                and (s.reason <> 'unsubscribed' or m.payload -> 'transactional' is distinct from 'true')
            ) then 'suppressed'
            when m.attempts >= $6 then 'failed'
            else 'sending'
        end as status
    from (select o.id from of_tenant o union all select o.id from of_operator o) claimed
    join platform.message m on m.id = claimed.id
)
update platform.message m
set status = due.status,
    attempts = m.attempts + (due.status = 'sending')::int,
    next_attempt_at = case
        when due.status = 'sending' then greatest($3, clock_timestamp()) + make_interval(secs => $5)
    end,
    last_error = case
        when due.status = 'failed' then 'its last attempt ended without a word; it may have been sent'
        else m.last_error
    end,
    failed_at = case when due.status = 'failed' then $3 end
from due
where m.id = due.id
returning
    m.id, m.job, m.channel, m.target, m.subject, m.body_text, m.body_html, m.payload, m.headers,
    m.status, m.attempts,
    null::text as "target_url?", null::text as "secret?", null::text as "previous_secret?",
    false as "is_ordered!"
