-- Opens, keeps and resolves alerts as of $1. $2 to $5: what is bad, one element of each an alert; $6 and $7: what is good
-- again; $8: the rules that are judged here, of whose alerts those that were open before are counted.
--
-- By the unique index of open alerts (job, rule). A look that is older than what an alert has seen does nothing to it.
with bad as (
    select *
    from unnest($2::text[], $3::text[], $4::text[], $5::text[]) as b (job, rule, severity, message)
),
seen as (
    insert into platform.alert as alert (job, rule, severity, message, opened_at, last_seen_at)
    select b.job, b.rule, b.severity, b.message, $1, $1
    from bad b
    left join lateral (
        select true as is_there
        from platform.alert a
        where a.job = b.job
        and a.rule = b.rule
        and a.resolved_at > $1
        order by a.resolved_at desc
        limit 1
    ) later on true
    where later.is_there is null
    on conflict (job, rule) where resolved_at is null do update
    set last_seen_at = excluded.last_seen_at,
        severity = excluded.severity,
        message = excluded.message
    where alert.last_seen_at <= excluded.last_seen_at
    returning alert.job, alert.rule, alert.message, alert.opened_at = $1 as is_new
),
resolved as (
    update platform.alert a
    set resolved_at = $1
    from unnest($6::text[], $7::text[]) as g (job, rule)
    where a.job = g.job
    and a.rule = g.rule
    and a.resolved_at is null
    and a.last_seen_at <= $1
    returning a.job, a.rule, a.message
),
-- As it was before this statement.
standing as (
    select count(*) as number
    from platform.alert a
    where a.resolved_at is null
    and a.rule = any($8)
)
select
    'opened' as "became!",
    seen.job as "job!",
    seen.rule as "rule!",
    seen.message as "message!",
    standing.number as "standing!"
from standing
join seen on seen.is_new
union all
select 'resolved', resolved.job, resolved.rule, resolved.message, standing.number
from standing
cross join resolved
union all
select 'standing', '', '', '', standing.number
from standing
