-- The next bookings that hold their slot without being paid, or confirmed, for longer than they may, oldest first.
-- By the partial index on (tenant_id, created_at) of what is pending; the payment by its unique index. The page
-- comes after ($3, $4). A row that another transaction holds is left for the next run: it may just be paying.
select a.id, a.created_at, a.payment_required
from booking.appointment a
left join booking.payment p on p.tenant_id = $1 and p.appointment_id = a.id
where a.tenant_id = $1
and a.status = 'pending'
and a.financial_outcome = 'unresolved'
and p.status is distinct from 'succeeded'
and case
    when not a.payment_required then a.starts_at
    when p.status = 'processing' then a.created_at + make_interval(hours => $5)
    else least(
        a.created_at + make_interval(mins => case a.source when 'slot_recovery' then $7::integer else $6 end),
        -- Whoever books a slot that begins at once has this long to pay.
        greatest(a.starts_at, a.created_at + make_interval(mins => $8))
    )
end <= $2
and (a.created_at, a.id) > ($3, $4)
order by a.created_at, a.id
limit $9
for update of a skip locked
