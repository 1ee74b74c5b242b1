-- Who has something to send through which channel; a tenant that is NULL is the operator.
select due.tenant_id as "tenant_id?", t.slug as "slug?", due.channel as "channel!"
from platform.outbox_due($1, $2, $3) due
left join platform.tenant t on t.id = due.tenant_id
order by t.slug nulls first, due.channel
