-- What is to be told of alerts, whoever's they are: those opened or resolved after $1, up to $2, of which no e-mail tells
-- yet, oldest first and at most $3. By the indexes of when alerts were opened and resolved, and the messages' unique key.
select
    news.id as "id!",
    news.what as "what!",
    news.job as "job!",
    news.rule as "rule!",
    news.severity as "severity!",
    news.message as "message!",
    news.opened_at as "opened_at!",
    news.resolved_at as "resolved_at?"
from (
    select a.id, 'opened' as what, a.opened_at as at, a.job, a.rule, a.severity, a.message, a.opened_at, a.resolved_at
    from platform.alert a
    where a.opened_at > $1
    and a.opened_at <= $2
    union all
    select a.id, 'resolved', a.resolved_at, a.job, a.rule, a.severity, a.message, a.opened_at, a.resolved_at
    from platform.alert a
    where a.resolved_at > $1
    and a.resolved_at <= $2
) news
left join lateral (
    select true as is_there
    from platform.message m
    where m.tenant_id is null
    and m.channel = 'email'
    and m.dedupe_key = 'alert:' || news.id || ':' || news.what
    limit 1
) told on true
where told.is_there is null
order by news.at, news.job, news.rule, news.what
limit $3
