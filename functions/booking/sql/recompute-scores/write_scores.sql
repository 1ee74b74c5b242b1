-- Writes the scores that are new or differ from the stored ones, one element of each array a customer. Stored
-- rows by the unique index (tenant_id, customer_id); those that hold the result already are neither locked nor
-- rewritten, and keep the time of their last change.
--
-- A new row takes the customer's id for its own: ids that ascend with the page fill the indexes side by side,
-- and whoever does the work over again makes the same row.
insert into booking.customer_score
    (id, tenant_id, customer_id, score, tier, history, window_days, stats, breakdown, last_activity_at, computed_at)
select
    d.customer_id, $1, d.customer_id, d.score, d.tier, d.history, $3, d.stats, d.breakdown, d.last_activity_at, $2
from rows from (
    unnest($4::uuid[]), unnest($5::integer[]), unnest($6::text[]), unnest($7::text[]), unnest($8::jsonb[]),
    unnest($9::jsonb[]), unnest($10::timestamptz[])
) as d (customer_id, score, tier, history, stats, breakdown, last_activity_at)
-- The first stored row from the customer on, if it is his, as in the read query.
left join lateral (
    select *
    from booking.customer_score t
    where t.tenant_id = $1
    and t.customer_id >= d.customer_id
    order by t.customer_id
    limit 1
) stored on stored.customer_id = d.customer_id
where (
    stored.score, stored.tier, stored.history, stored.window_days, stored.stats, stored.breakdown,
    stored.last_activity_at
) is distinct from (d.score, d.tier, d.history, $3, d.stats, d.breakdown, d.last_activity_at)
on conflict (tenant_id, customer_id) do update
set
    score = excluded.score,
    tier = excluded.tier,
    history = excluded.history,
    window_days = excluded.window_days,
    stats = excluded.stats,
    breakdown = excluded.breakdown,
    last_activity_at = excluded.last_activity_at,
    computed_at = excluded.computed_at
