-- Does what was decided about a page's slots, one element of the first arrays a slot and of the last ones an offer:
-- closes live offers, closes or holds slots, and makes offers with their e-mails. All by unique indexes.
--
-- A slot is left alone, and not in the answer, when it or its live offer is not any more as it was read. One that
-- stays as it is is not written. The offers' rows follow from the slots' and those from the closed offers', so no
-- slot gets a second live offer before the first is closed.
with change as (
    select *
    from rows from (
        unnest($3::uuid[]), unnest($4::boolean[]), unnest($5::uuid[]), unnest($6::text[]), unnest($7::text[]),
        unnest($8::timestamptz[]),
        generate_series(1, cardinality($3::uuid[]))
    ) as c (id, is_open, live_id, live_status, closed_reason, next_action_at, place)
),
ended as (
    update booking.slot_offer f
    set
        status = c.live_status,
        closed_at = $2
    from change c
    where f.tenant_id = $1
    and f.id = c.live_id
    -- Said twice, here and below, so that every plan there is looks for these rows only.
    and f.id = any($5)
    and f.status = 'sent'
    returning f.id
),
as_read as materialized (
    select c.*
    from change c
    join booking.slot_opening o on o.tenant_id = $1 and o.id = c.id
    where (o.status = 'open') = c.is_open
    and (c.live_id is null or c.live_id in (select id from ended))
),
moved as (
    update booking.slot_opening o
    set
        status = case when c.closed_reason is null then 'open' else 'expired' end,
        closed_reason = c.closed_reason,
        closed_at = case when c.closed_reason is not null then $2 end,
        next_action_at = c.next_action_at
    from as_read c
    where o.tenant_id = $1
    and o.id = c.id
    and o.id = any($3)
    and o.status = 'open'
    and (c.closed_reason is not null or o.next_action_at is distinct from c.next_action_at)
),
made as (
    insert into booking.slot_offer (
        id, tenant_id, slot_opening_id, customer_id, rank, tier, score, deposit_amount, currency, sent_at, expires_at
    )
    select
        n.id, $1, n.opening_id, n.customer_id, n.rank, n.tier, n.score, n.deposit_amount, n.currency, $2, n.expires_at
    from unnest(
        $9::uuid[], $10::uuid[], $11::uuid[], $12::integer[], $13::text[], $14::integer[], $15::numeric[],
        $16::text[], $17::timestamptz[]
    ) as n (id, opening_id, customer_id, rank, tier, score, deposit_amount, currency, expires_at)
    join as_read c on c.id = n.opening_id
    returning id, slot_opening_id, expires_at
),
told as (
    insert into platform.message (
        tenant_id, job, channel, dedupe_key, target, subject, body_text, body_html, payload, headers, not_before,
        expires_at
    )
    select
        $1,
        'expire-offers',
        'email',
        'offer:' || made.id,
        m.target,
        m.subject,
        m.body_text,
        m.body_html,
        jsonb_build_object(
            'kind', 'slot_offer',
            'transactional', false,
            'offerId', made.id,
            'openingId', made.slot_opening_id
        ),
        jsonb_build_object(
            'List-Unsubscribe', m.list_unsubscribe,
            'List-Unsubscribe-Post', 'List-Unsubscribe=One-Click'
        ),
        $2,
        made.expires_at
    from unnest($9::uuid[], $18::text[], $19::text[], $20::text[], $21::text[], $22::text[]) as m (
        offer_id, target, subject, body_text, body_html, list_unsubscribe
    )
    join made on made.id = m.offer_id
)
select id as "id!"
from as_read
