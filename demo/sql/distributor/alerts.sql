-- The open alerts of a distributor's stock.
select alert_type, severity, count(*) as "count!"
from sales.inventory_alert
where tenant_id = $1
and not resolved
group by alert_type, severity
