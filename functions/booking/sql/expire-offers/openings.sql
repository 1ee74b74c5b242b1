-- The next slots that something must be done about, soonest first, and whom each could be offered to.
--
-- Open slots by the partial index on (tenant_id, starts_at), each with its live offer by the partial unique index
-- on (tenant_id, slot_opening_id) and that one's e-mail by the unique index of the outbox. Slots that are not open
-- but have a live offer come from the offers, of which few are live. The page comes after ($3, $4). A slot that
-- another transaction holds is left for the next run: somebody may just be taking it.
--
-- $7: offers are being made at all; $8: the earliest start that leaves time for one; $9: who was written to after it
-- is not written to again; $12: who got an offer in the pages before, which a dry run has undone.
--
-- The customers who could be offered any slot are walked best first, by the index on (tenant_id, tier, score), until
-- there are $13 of them; each slot gets those of them who can have it. When one finds nobody and the walk was cut
-- short, the caller asks again for more.
--
-- A lateral with a limit, ordered as the index that serves it, is a look-up whatever the planner thinks of the table:
-- as a join or `exists` it may become a scan of all offers or messages that the shop has ever had.
with opening as (
    select *
    from (
        select
            o.id, o.resource, o.service_name, o.starts_at, o.ends_at, o.buffer_minutes, o.price, o.currency,
            o.source_appointment_id, o.next_action_at, true as is_open,
            live.id as live_id, coalesce(live.expires_at <= $2, false) as is_lapsed,
            undeliverable.message_id is not null as is_undeliverable
        from booking.slot_opening o
        left join lateral (
            select f.id, f.expires_at
            from booking.slot_offer f
            where f.tenant_id = $1
            and f.slot_opening_id = o.id
            and f.status = 'sent'
            order by f.slot_opening_id
            limit 1
        ) live on true
        left join lateral (select 'offer:' || live.id as dedupe_key offset 0) mail on true
        left join lateral (
            select m.id as message_id
            from platform.message m
            where m.tenant_id = $1
            and m.channel = 'email'
            and m.dedupe_key = mail.dedupe_key
            and m.status in ('failed', 'suppressed', 'expired')
            order by m.dedupe_key
            limit 1
        ) undeliverable on true
        where o.tenant_id = $1
        and o.status = 'open'
        and (o.starts_at, o.id) > ($3, $4)
        and (
            o.starts_at <= $6
            or live.id is null and (o.next_action_at is null or o.next_action_at <= $2)
            or live.expires_at <= $2
            or undeliverable.message_id is not null
        )
        order by o.starts_at, o.id
        limit $5
        for update of o skip locked
    ) still_open
    union all
    select
        o.id, o.resource, o.service_name, o.starts_at, o.ends_at, o.buffer_minutes, o.price, o.currency,
        o.source_appointment_id, o.next_action_at, false as is_open,
        o.live_id, false as is_lapsed, false as is_undeliverable
    from (
        select o.*, left_behind.live_id
        from (
            select closed.id, live.id as live_id
            from booking.slot_offer live
            cross join lateral (
                select o.id, o.starts_at
                from booking.slot_opening o
                where o.tenant_id = $1
                and o.id = live.slot_opening_id
                and o.status <> 'open'
                order by o.id
                limit 1
            ) closed
            where live.tenant_id = $1
            and live.status = 'sent'
            and (closed.starts_at, closed.id) > ($3, $4)
            order by closed.starts_at, closed.id
            limit $5
        ) left_behind
        join booking.slot_opening o on o.tenant_id = $1 and o.id = left_behind.id
        where o.status <> 'open'
        for update of o skip locked
    ) o
    order by starts_at, id
    limit $5
),
fact as materialized (
    select
        o.*,
        o.ends_at + make_interval(mins => o.buffer_minutes) as free_at,
        exists (
            select from booking.appointment a
            where a.tenant_id = $1
            and a.resource = o.resource
            and a.status in ('pending', 'booked')
            and a.starts_at < o.ends_at + make_interval(mins => o.buffer_minutes)
            and a.ends_at + make_interval(mins => a.buffer_minutes) > o.starts_at
        ) as is_taken,
        (
            select count(*)
            from booking.slot_offer f
            where f.tenant_id = $1
            and f.slot_opening_id = o.id
        ) as offers_had
    from opening o
),
slot as materialized (
    select f.id, f.starts_at, f.free_at, source.customer_id as given_up_by
    from fact f
    left join booking.appointment source on source.tenant_id = $1 and source.id = f.source_appointment_id
    where $7
    and f.is_open
    and not f.is_taken
    and f.starts_at >= $8
),
-- Who may be written to at all, and whether an offer of late speaks against it.
addressee as not materialized (
    select
        c.id as customer_id,
        c.name,
        c.created_at,
        mail.email,
        c.id = any($12) or busy.offer_id is not null as is_busy
    from booking.customer c
    cross join lateral (
        select trim(c.email) as email, lower(trim(c.email)) as address
        offset 0
    ) mail
    left join lateral (
        select s.id as suppression_id
        from platform.suppression s
        where s.tenant_id = $1
        and s.address = mail.address
        order by s.address
        limit 1
    ) suppressed on true
    left join lateral (
        select n.id as stat_id
        from booking.no_show_stat n
        where $11
        and n.tenant_id = $1
        and n.customer_id = c.id
        and n.risk = 'high'
        order by n.customer_id
        limit 1
    ) unreliable on true
    left join lateral (
        select f.id as offer_id
        from booking.slot_offer f
        cross join lateral (
            select
                o.status = 'open' and f.status = 'sent' and f.expires_at > $2 as is_live,
                -- The lead of the others has begun: they lose their offer in this run, whenever their turn is.
                o.starts_at > $6 as is_in_time,
                'offer:' || f.id as dedupe_key
            from booking.slot_opening o
            where o.tenant_id = $1
            and o.id = f.slot_opening_id
            order by o.id
            limit 1
        ) slot
        left join lateral (
            select m.id as message_id
            from platform.message m
            where slot.is_live
            and m.tenant_id = $1
            and m.channel = 'email'
            and m.dedupe_key = slot.dedupe_key
            and m.status in ('failed', 'suppressed', 'expired')
            order by m.dedupe_key
            limit 1
        ) undeliverable on true
        where f.tenant_id = $1
        and f.customer_id = c.id
        and f.status <> 'failed'
        and (f.sent_at > $9 or f.status = 'sent' and f.expires_at > $2)
        and (f.sent_at > $9 or slot.is_live and slot.is_in_time)
        and undeliverable.message_id is null
        order by f.sent_at desc
        limit 1
    ) busy on true
    where c.tenant_id = $1
    and c.deleted_at is null
    and c.email_opt_in
    and mail.email like '%@%'
    and suppressed.suppression_id is null
    and unreliable.stat_id is null
),
scored as materialized (
    select best.*, t.place as tier_place, t.tier
    from (values (1, 'top'), (2, 'neutral'), (3, 'risk')) as t (place, tier)
    cross join lateral (
        select
            s.customer_id, s.score, coalesce((s.stats ->> 'settled')::integer, 0) as settled, a.created_at, a.name, a.email
        from booking.customer_score s
        cross join lateral (
            select a.name, a.email, a.created_at, a.is_busy
            from addressee a
            where a.customer_id = s.customer_id
            order by a.customer_id
            limit 1
        ) a
        where s.tenant_id = $1
        and s.tier = t.tier
        and not a.is_busy
        order by s.score desc, settled desc, a.created_at, s.customer_id
        limit $13
    ) best
    where exists (select from slot)
    and (t.tier <> 'risk' or not $10)
),
-- Who has no score yet ranks as neutral with 50 points. All customers are looked through for them, and so only if the
-- best do not suffice.
unscored as materialized (
    select a.customer_id, 50 as score, 0 as settled, a.created_at, a.name, a.email, 2 as tier_place, 'neutral' as tier
    from addressee a
    left join lateral (
        select s.id as score_id
        from booking.customer_score s
        where s.tenant_id = $1
        and s.customer_id = a.customer_id
        order by s.customer_id
        limit 1
    ) known on true
    where exists (select from slot)
    and (select count(*) from scored where tier = 'top') < $13
    and known.score_id is null
    and not a.is_busy
    order by a.created_at, a.customer_id
    limit $13
),
pool as materialized (
    select everybody.*, row_number() over (order by tier_place, score desc, settled desc, created_at, customer_id) as place
    from (
        select * from scored
        union all
        select customer_id, score, settled, created_at, name, email, tier_place, tier from unscored
    ) everybody
    order by place
    limit $13
)
select
    f.id as "id!",
    f.service_name as "service_name!",
    f.starts_at as "starts_at!",
    f.ends_at as "ends_at!",
    f.price,
    f.currency as "currency!",
    f.next_action_at,
    f.is_open as "is_open!",
    f.live_id,
    f.is_lapsed as "is_lapsed!",
    f.is_undeliverable as "is_undeliverable!",
    f.is_taken as "is_taken!",
    f.offers_had as "offers_had!",
    s.id is not null as "can_be_offered!",
    (select count(*) from pool) as "pool!",
    coalesce(candidate.ids, '{}') as "candidate_ids!",
    coalesce(candidate.names, '{}') as "candidate_names!",
    coalesce(candidate.emails, '{}') as "candidate_emails!",
    coalesce(candidate.tiers, '{}') as "candidate_tiers!",
    coalesce(candidate.scores, '{}') as "candidate_scores!",
    s.id is not null and candidate.ids is null and exists (
        select from addressee a
        left join lateral (
            select k.tier
            from booking.customer_score k
            where k.tenant_id = $1
            and k.customer_id = a.customer_id
            order by k.customer_id
            limit 1
        ) known on true
        where a.is_busy
        and (not $10 or known.tier is distinct from 'risk')
        and a.customer_id is distinct from s.given_up_by
        and not exists (
            select from booking.slot_offer had
            where had.tenant_id = $1
            and had.slot_opening_id = s.id
            and had.customer_id = a.customer_id
        )
        and not exists (
            select from booking.appointment booked
            where booked.tenant_id = $1
            and booked.customer_id = a.customer_id
            and booked.status in ('pending', 'booked')
            and booked.starts_at < s.free_at
            and booked.ends_at + make_interval(mins => booked.buffer_minutes) > s.starts_at
        )
    ) as "somebody_is_busy!"
from fact f
left join slot s on s.id = f.id
left join lateral (
    select
        array_agg(first.customer_id order by first.place) as ids,
        array_agg(first.name order by first.place) as names,
        array_agg(first.email order by first.place) as emails,
        array_agg(first.tier order by first.place) as tiers,
        array_agg(first.score order by first.place) as scores
    from (
        select p.*
        from pool p
        where p.customer_id is distinct from s.given_up_by
        and not exists (
            select from booking.slot_offer had
            where had.tenant_id = $1
            and had.slot_opening_id = s.id
            and had.customer_id = p.customer_id
        )
        and not exists (
            select from booking.appointment a
            where a.tenant_id = $1
            and a.customer_id = p.customer_id
            and a.status in ('pending', 'booked')
            and a.starts_at < s.free_at
            and a.ends_at + make_interval(mins => a.buffer_minutes) > s.starts_at
        )
        order by p.place
        limit (select count(*) from slot)
    ) first
) candidate on s.id is not null
order by f.starts_at, f.id
