-- Moves alerts, one element of each array an alert; $2: the end of the hour that they are judged on. The open ones by the
-- unique index (job, rule).
with move as (
    select m.rule, m.action, m.message
    from unnest($3::text[], $4::text[], $5::text[]) as m (rule, action, message)
),
opened as (
    insert into platform.alert (job, rule, severity, message, opened_at, last_seen_at)
    select $1, m.rule, 'warning', m.message, $2, $2
    from move m
    where m.action = 'open'
    returning rule
),
escalated as (
    update platform.alert a
    set severity = 'critical', last_seen_at = $2, message = m.message
    from move m
    where a.job = $1
    and a.rule = m.rule
    and a.resolved_at is null
    and m.action = 'escalate'
),
closed as (
    update platform.alert a
    set resolved_at = $2
    from move m
    where a.job = $1
    and a.rule = m.rule
    and a.resolved_at is null
    and m.action = 'resolve'
    returning a.rule
)
select
    (select count(*) from opened) as "opened!",
    (select count(*) from closed) as "closed!"
