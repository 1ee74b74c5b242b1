-- The offers of an opening, each with its e-mail, in the order in which they were made.
select
    offer.id, customer.name, offer.status, offer.rank, offer.tier, offer.score,
    offer.deposit_amount::text as "deposit!", offer.currency, offer.sent_at, offer.expires_at, message.target, message.subject
from booking.slot_offer offer
join booking.customer customer on customer.tenant_id = offer.tenant_id and customer.id = offer.customer_id
join platform.message message
    on message.tenant_id = offer.tenant_id
    and message.channel = 'email'
    and message.dedupe_key = 'offer:' || offer.id
where offer.tenant_id = $1
and offer.slot_opening_id = $2
order by offer.rank
