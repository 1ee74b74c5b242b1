-- Whom one occasion is about, and who looks after them, as the replaced program asked for each.
select c.name, c.email, c.do_not_contact_until, r.user_id, r.email
from public.kept_trigger_execution e
left join sales.customer c on c.tenant_id = $1 and c.id = e.customer_id
left join sales.sales_rep r on r.tenant_id = $1 and r.id = c.sales_rep_id
where e.tenant_id = $1
and e.id = $2
and $3 is not null
