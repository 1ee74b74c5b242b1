-- Of a shop's scores inside the scale, the one that the most kinds of events went into.
select customer.name, score.score, score.tier, score.window_days, score.breakdown, kinds.number as "kinds!"
from booking.customer_score score
join booking.customer customer
    on customer.tenant_id = score.tenant_id and customer.id = score.customer_id
cross join lateral (
    select count(*) as number
    from jsonb_each(score.breakdown) as part (name, value)
    where jsonb_typeof(part.value) = 'object'
    and (part.value ->> 'halfPoints')::integer > 0
) kinds
where score.tenant_id = $1
and score.score between 1 and 99
order by kinds.number desc, score.score desc, customer.name, customer.id
limit 1
