-- Where the reports of a tick have gone.
select time_zone, count(*) as "count!"
from training.weekly_report
where tenant_id = $1
and generated_at = $2
group by time_zone
