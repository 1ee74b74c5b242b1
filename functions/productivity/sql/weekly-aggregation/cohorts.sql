-- The cells of cohorts: how many of those who came on a day ($2 to the day before $3, $4 to before $5 as instants) were
-- active each of $6 days later, and how many on that day or any after it up to $3, the last day that is over. Beside
-- each the cell that is stored, or that one alone where there is no other any more. Days on which nobody came, and
-- cells whose day is not over, are not told.
--
-- People by the index (tenant_id, created_at), the days of each by the key (tenant_id, user_id, day), stored cells by
-- the key (tenant_id, cohort_day, day_n).
with person as (
    select c.cohort_day, a.days, a.last_n
    from productivity.analysed_user u
    cross join lateral (select (u.created_at at time zone 'UTC')::date as cohort_day) c
    cross join lateral (
        select
            array_agg(a.day - c.cohort_day) filter (where a.day - c.cohort_day = any($6)) as days,
            max(a.day) - c.cohort_day as last_n
        from productivity.user_activity_day a
        where a.tenant_id = $1
        and a.user_id = u.id
        and a.day > c.cohort_day
        and a.day <= $3
    ) a
    where u.tenant_id = $1
    and u.created_at >= $4
    and u.created_at < $5
),
cell as (
    select
        p.cohort_day,
        n.day_n,
        count(*) as size,
        count(*) filter (where n.day_n = any(p.days)) as classic,
        count(*) filter (where n.day_n <= p.last_n) as rolling
    from person p
    cross join unnest($6::integer[]) as n (day_n)
    where p.cohort_day + n.day_n <= $3
    group by p.cohort_day, n.day_n
),
stored as (
    select r.cohort_day, r.day_n::integer as day_n, r.size, r.classic, r.rolling
    from productivity.retention_cohort r
    where r.tenant_id = $1
    and r.cohort_day >= $2
    and r.cohort_day < $3
)
select
    cohort_day as "cohort_day!",
    day_n as "day_n!",
    c.size::integer as "size?",
    c.classic::integer as "classic?",
    c.rolling::integer as "rolling?",
    s.size as "stored_size?",
    s.classic as "stored_classic?",
    s.rolling as "stored_rolling?"
from cell c
full join stored s using (cohort_day, day_n)
order by cohort_day, day_n
