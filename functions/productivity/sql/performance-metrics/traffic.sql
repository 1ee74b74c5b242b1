-- How the application answered in two hours, for each hour as a whole (route NULL) and by route. $2 and $3: when the hours
-- begin; $4: the end of the later one. By the primary key (tenant_id, minute_at, route), in whose order the sums of minutes
-- are made.
select
    stat.is_last as "is_last!",
    stat.route as "route?",
    sum(stat.requests) as "requests!",
    sum(stat.errors_4xx) as "errors_4xx!",
    sum(stat.errors_5xx) as "errors_5xx!",
    sum(stat.total_ms) as "total_ms!",
    max(stat.max_ms) as "max_ms!",
    case grouping(stat.route)
        when 1 then max(stat.requests_of_minute)
        else max(stat.requests)
    end as "peak_per_minute!",
    array[
        sum(stat.buckets[1]), sum(stat.buckets[2]), sum(stat.buckets[3]), sum(stat.buckets[4]), sum(stat.buckets[5]),
        sum(stat.buckets[6]), sum(stat.buckets[7]), sum(stat.buckets[8]), sum(stat.buckets[9]), sum(stat.buckets[10]),
        sum(stat.buckets[11]), sum(stat.buckets[12])
    ] as "buckets!"
from (
    select
        s.*,
        s.minute_at >= $3 as is_last,
        sum(s.requests) over (partition by s.minute_at) as requests_of_minute
    from productivity.http_minute_stat s
    where s.tenant_id = $1
    and s.minute_at >= $2
    and s.minute_at < $4
) stat
group by grouping sets ((stat.is_last), (stat.is_last, stat.route))
