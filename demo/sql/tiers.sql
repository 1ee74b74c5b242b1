-- How many of a shop's customers stand in each tier: one row.
select
    count(*) filter (where tier = 'top') as "top!",
    count(*) filter (where tier = 'neutral') as "neutral!",
    count(*) filter (where tier = 'risk') as "risk!",
    count(*) filter (where history <> 'enough') as "little_history!"
from booking.customer_score
where tenant_id = $1
