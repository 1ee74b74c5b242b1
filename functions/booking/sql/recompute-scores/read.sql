-- The next customers to score, in the order of their ids, with what happened within the window and what was
-- found the last time. By the unique index (tenant_id, id); a customer's appointments by the index
-- (tenant_id, customer_id, event_at), his stored rows by the unique indexes (tenant_id, customer_id).
--
-- The page begins at $2, which is never NULL, and leaves out $3, the id that it comes after. An expression
-- in place of the plain parameter would keep the comparison out of the index: under row level security only
-- what cannot leak goes in there.
select
    c.id,
    score.score as "score?",
    score.tier as "tier?",
    no_show.score as "no_show_score?",
    no_show.risk as "no_show_risk?",
    no_show.no_show_rate as "no_show_rate?",
    event.of_window as "events: Vec<Event>"
from booking.customer c
-- The first stored row from the customer on, if it is his. In that order there is one index, whatever the planner
-- thinks of the table; asked for the customer's own row, it may take another one while the table seems empty, and
-- go through the whole shop for each of them.
left join lateral (
    select s.customer_id, s.score, s.tier
    from booking.customer_score s
    where s.tenant_id = $1
    and s.customer_id >= c.id
    order by s.customer_id
    limit 1
) score on score.customer_id = c.id
left join lateral (
    select n.customer_id, n.score, n.risk, n.no_show_rate
    from booking.no_show_stat n
    where n.tenant_id = $1
    and n.customer_id >= c.id
    order by n.customer_id
    limit 1
) no_show on no_show.customer_id = c.id
cross join lateral (
    -- As the fields of `Event`. An array of rows is half as dear as an array for each column.
    select array_agg(row(
        a.event_at,
        a.status,
        a.source,
        a.financial_outcome,
        a.resolution_reason,
        a.attendance,
        a.cancellation_source,
        -- Compared here, so that no start need be sent for the few cancellations that are asked for theirs.
        a.starts_at > a.event_at + $6::interval
    )) as of_window
    from booking.appointment a
    where a.tenant_id = $1
    and a.customer_id = c.id
    and a.event_at >= $4
    and a.event_at <= $5
) event
where c.tenant_id = $1
and c.id >= $2
and c.id is distinct from $3
and c.deleted_at is null
order by c.id
limit $7
