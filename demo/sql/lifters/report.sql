-- The report of a week with the most to be glad of, and what it foretells.
select
    u.display_name,
    r.time_zone,
    r.generated_at,
    r.narrative,
    r.prs_hit,
    p.next_milestone,
    p.next_milestone_weeks,
    p.weeks_delta,
    p.delta_reason,
    n.title
from training.weekly_report r
join training.app_user u on u.tenant_id = $1 and u.id = r.user_id
join training.prediction p
    on p.tenant_id = $1 and p.user_id = r.user_id and p.week_start = r.week_start and p.source = 'weekly_job'
join platform.notification n
    on n.tenant_id = $1 and n.dedupe_key = 'weekly-report:' || r.user_id || ':' || r.week_start
where r.tenant_id = $1
and r.week_start = $2
and r.status = 'generated'
and u.display_name <> ''
order by
    (p.delta_reason = 'improved') desc, r.prs_hit desc, (r.positive_signal_key is not null) desc,
    length(r.narrative) desc, r.user_id
limit 1
