-- One member, as the replaced program read each of them.
select
    m.joined_date,
    m.last_visit_date,
    m.weekly_target,
    m.member_stage,
    m.commitment_score,
    visit.days,
    visit.newest
from coaching.member m
cross join lateral (
    select
        array_agg(a.activity_date) filter (where a.activity_date > ($3 at time zone 'UTC')::date - 90) as days,
        max(a.activity_date) as newest
    from coaching.member_activity a
    where a.tenant_id = $1
    and a.member_id = m.id
    and a.activity_type in ('visit', 'check_in')
) visit
where m.tenant_id = $1
and m.id = $2
