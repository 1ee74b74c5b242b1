-- How the tenant's mail goes, what is stored of it and of the application for two hours, and what its alerts have seen. $2 and
-- $3: when the hours begin; $4: the end of the later one. $5: this job; $6: the alerts' rules.
--
-- The backlog by the partial index message_due_idx, which is as small as the backlog; what was made in the two hours by
-- (tenant_id, created_at); the rest row by row by unique indexes.
select
    backlog.pending_before as "pending_before!",
    backlog.pending_last as "pending_last!",
    backlog.sending as "sending!",
    backlog.oldest,
    failed.before as "failed_before!",
    failed.last as "failed_last!",
    (
        select m.details
        from productivity.performance_metric m
        where m.tenant_id = $1
        and m.hour_at = $2
        and m.scope = 'mail'
    ) as stored_before,
    (
        select m.details
        from productivity.performance_metric m
        where m.tenant_id = $1
        and m.hour_at = $3
        and m.scope = 'mail'
    ) as stored_last,
    (
        select jsonb_build_object(
            'requests', m.requests, 'errorRate', m.error_rate::text, 'meanMs', m.mean_ms, 'p95Ms', m.p95_ms
        )
        from productivity.performance_metric m
        where m.tenant_id = $1
        and m.hour_at = $3
        and m.scope = 'http'
    ) as stored_http,
    array(
        select (
            select a.last_seen_at
            from platform.alert a
            where a.job = $5
            and a.rule = r.rule
            and a.resolved_at is null
        )
        from unnest($6::text[]) with ordinality as r (rule, place)
        order by r.place
    ) as "open!: Vec<Option<DateTime<Utc>>>",
    array(
        select (
            select a.resolved_at
            from platform.alert a
            where a.job = $5
            and a.rule = r.rule
            and a.resolved_at is not null
            order by a.resolved_at desc
            limit 1
        )
        from unnest($6::text[]) with ordinality as r (rule, place)
        order by r.place
    ) as "resolved!: Vec<Option<DateTime<Utc>>>"
from (
    select
        count(*) filter (where due.status = 'pending' and due.at <= $3) as pending_before,
        count(*) filter (where due.status = 'pending' and due.at <= $4) as pending_last,
        count(*) filter (where due.status = 'sending') as sending,
        min(due.at) filter (where due.status = 'pending') as oldest
    from (
        select m.status, coalesce(m.not_before, m.created_at) as at
        from platform.message m
        where m.tenant_id = $1
        and m.status in ('pending', 'sending')
    ) due
) backlog
cross join (
    select
        count(*) filter (where m.created_at < $3) as before,
        count(*) filter (where m.created_at >= $3) as last
    from platform.message m
    where m.tenant_id = $1
    and m.created_at >= $2
    and m.created_at < $4
    and m.status = 'failed'
) failed
