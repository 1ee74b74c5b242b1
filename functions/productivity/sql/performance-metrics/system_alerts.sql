-- What the alerts of the system have seen, and the open ones of tenants that no run judges any more: suspended, renamed or gone.
-- $1: this job; $2: whose tenants it judges; $3: the system's rules. By the indexes of open and of resolved alerts.
select
    r.rule as "rule!",
    (
        select a.last_seen_at
        from platform.alert a
        where a.job = $1
        and a.rule = r.rule
        and a.resolved_at is null
    ) as open,
    (
        select a.resolved_at
        from platform.alert a
        where a.job = $1
        and a.rule = r.rule
        and a.resolved_at is not null
        order by a.resolved_at desc
        limit 1
    ) as resolved
from unnest($3::text[]) as r (rule)
union all
select a.rule, a.last_seen_at, null
from platform.alert a
where a.job = $1
and a.resolved_at is null
and a.rule <> all ($3)
and not exists (
    select
    from platform.tenant t
    where t.slug = substring(a.rule from position(':' in a.rule) + 1)
    and t.product = $2
    and t.suspended_at is null
)
