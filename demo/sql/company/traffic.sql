-- How a company's application answered in an hour, and the alerts about it that stand.
select
    m.requests as "requests!",
    m.error_rate::text as "error_rate!",
    m.p95_ms as "p95_ms!",
    (
        select sum(s.requests)
        from productivity.http_minute_stat s
        where s.tenant_id = $1
        and s.minute_at >= $2
        and s.minute_at < $2 + interval '1 hour'
    ) as "requests_again!",
    array(
        select a.message
        from platform.alert a
        where a.job = 'performance-metrics'
        and a.rule like '%:' || t.slug
        and a.resolved_at is null
        order by a.rule
    ) as "alerts!"
from productivity.performance_metric m
join platform.tenant t on t.id = $1
where m.tenant_id = $1
and m.hour_at = $2
and m.scope = 'http'
