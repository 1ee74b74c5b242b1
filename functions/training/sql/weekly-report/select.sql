-- The next users whose reports are due, in the order of their ids: of the zones $5, each with the week of its report and
-- the instant before which a user must have registered. By the index (tenant_id, zone, id) of those who may get one, the
-- next page of each zone; their reports and predictions of earlier weeks by the unique indexes
-- (tenant_id, user_id, week_start).
--
-- The page begins at $2, which is never NULL, and leaves out $3, the id that it comes after. An expression
-- in place of the plain parameter would keep the comparison out of the index: under row level security only
-- what cannot leak goes in there.
select
    u.id as "id!",
    z.place as "place!",
    u.status is not null as "is_insufficient!",
    previous.primary_goal as "previous_goal?",
    previous.strength_gain_weeks as "previous_strength_weeks?"
from rows from (
    unnest($5::text[]), unnest($6::date[]), unnest($7::timestamptz[]), generate_series(1, cardinality($5::text[]))
) as z (name, week_start, registered_before, place)
cross join lateral (
    select u.id, report.status
    from training.app_user u
    left join lateral (
        select r.status
        from training.weekly_report r
        where r.tenant_id = $1
        and r.user_id = u.id
        and r.week_start = z.week_start
        limit 1
    ) report on true
    where u.tenant_id = $1
    and case when u.time_zone is null then '' else u.time_zone end = z.name
    and (u.entitlement = 'pro' or u.pro_trial_ends_at is not null)
    and u.id >= $2
    and u.id is distinct from $3
    and (u.entitlement = 'pro' or u.email_verified and u.pro_trial_ends_at > $4)
    and (u.disabled_at is null or u.disabled_at > $4)
    and u.registered_at < z.registered_before
    and report.status is distinct from 'generated'
    order by u.id
    limit $8
) u
left join lateral (
    select p.primary_goal, p.strength_gain_weeks
    from training.prediction p
    where p.tenant_id = $1
    and p.user_id = u.id
    and p.source = 'weekly_job'
    and p.week_start < z.week_start
    order by p.week_start desc
    limit 1
) previous on true
order by u.id
limit $8
