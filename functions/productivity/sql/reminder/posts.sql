-- Queues e-mails that have never been queued, each with its row of contact_log, and tells of each whether it had been and
-- whether it is now. Those without an address are only asked about. Two index look-ups for each, by the keys.
with post as materialized (
    select
        p.place, p.user_id, p.local_date, p.kind, p.dedupe_key, p.address, p.subject, p.body_text, p.body_html,
        p.payload, p.headers, p.not_before, p.expires_at,
        m.dedupe_key is not null or l.dedupe_key is not null as is_known
    from unnest(
        $3::uuid[], $4::date[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
        $11::jsonb[], $12::jsonb[], $13::timestamptz[], $14::timestamptz[]
    ) with ordinality as p (
        user_id, local_date, kind, dedupe_key, address, subject, body_text, body_html, payload, headers, not_before,
        expires_at, place
    )
    left join lateral (
        select m.dedupe_key
        from platform.message m
        where m.tenant_id = $1
        and m.channel = 'email'
        and m.dedupe_key = p.dedupe_key
        order by m.dedupe_key
        limit 1
    ) as m on true
    left join lateral (
        select l.dedupe_key
        from productivity.contact_log l
        where l.tenant_id = $1
        and l.dedupe_key = p.dedupe_key
        order by l.dedupe_key
        limit 1
    ) as l on true
),
queued as (
    insert into platform.message (
        tenant_id, job, channel, dedupe_key, target, subject, body_text, body_html, payload, headers, not_before,
        expires_at
    )
    select
        $1, $2, 'email', dedupe_key, address, subject, body_text, body_html, payload, headers, not_before, expires_at
    from post
    where not is_known
    and address is not null
    on conflict (tenant_id, channel, dedupe_key) do nothing
    returning dedupe_key
),
logged as (
    insert into productivity.contact_log (tenant_id, dedupe_key, user_id, kind, local_date)
    select $1, p.dedupe_key, p.user_id, p.kind, p.local_date
    from queued q
    join post p on p.dedupe_key = q.dedupe_key
    on conflict (tenant_id, dedupe_key) do nothing
)
select p.is_known as "is_known!", q.dedupe_key is not null as "is_queued!"
from post p
left join queued q on q.dedupe_key = p.dedupe_key
order by p.place
