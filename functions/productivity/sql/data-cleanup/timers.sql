-- Timers that nobody stopped: running for more than $4 whole seconds of work, or paused before $3. Those of the users
-- after $6, in their order: nobody has two. By the partial unique index on (tenant_id, user_id), which holds live timers only.
select
    s.id,
    s.user_id,
    s.started_at,
    case when s.status = 'paused' then s.paused_at end as paused_at,
    s.paused_seconds,
    s.planned_seconds
from productivity.timer_session s
where s.tenant_id = $1
and s.status in ('running', 'paused')
and s.user_id >= $5
and s.user_id is distinct from $6
and case s.status
    when 'running' then floor(extract(epoch from $2 - s.started_at) - s.paused_seconds) > $4::bigint
    else s.paused_at < $3
end
order by s.user_id
limit $7
