-- What moved much, and what is far from usual, from a day on: the latest and the largest first.
select finding.is_anomaly as "is_anomaly!", finding.day as "day!", finding.text as "text!"
from (
    select true as is_anomaly, (a.period_start at time zone 'UTC')::date as day, a.message || ' (' || a.severity || ')' as text,
        coalesce(abs(a.score), 0) as weight
    from productivity.anomaly a
    where a.tenant_id = $1
    and a.period = 'day'
    and a.period_start >= $2::date
    union all
    select false, t.day,
        t.metric || ' ' || t.direction || ' by ' || abs(t.change_pct) || ' % against '
        || case t.basis when 'last_week' then 'the week before' else 'the mean of four weeks' end,
        abs(t.change_pct)
    from productivity.metric_trend t
    where t.tenant_id = $1
    and t.day >= $2
) finding
order by finding.day desc, finding.is_anomaly desc, finding.weight desc, finding.text
