-- Writes the cells of cohorts as of a day ($2), one element of the arrays $4 to $8 a cell, and deletes those cells of
-- the cohorts $3 that are no more. A cell that is so already is neither locked nor rewritten, and keeps the day of its
-- last change; neither is one as of a later day, which knows more. By the key (tenant_id, cohort_day, day_n).
with cell as (
    select *
    from unnest($4::date[], $5::integer[], $6::integer[], $7::integer[], $8::integer[])
        as c (cohort_day, day_n, size, classic, rolling)
),
stored as (
    select *
    from productivity.retention_cohort r
    where r.tenant_id = $1
    and r.cohort_day = any($3)
),
written as (
    insert into productivity.retention_cohort as t (
        tenant_id, cohort_day, day_n, size, classic, rolling, as_of_on
    )
    select $1, c.cohort_day, c.day_n, c.size, c.classic, c.rolling, $2
    from cell c
    left join stored s on s.cohort_day = c.cohort_day and s.day_n = c.day_n
    where s.as_of_on is null
    or s.as_of_on <= $2 and (s.size, s.classic, s.rolling) is distinct from (c.size, c.classic, c.rolling)
    on conflict (tenant_id, cohort_day, day_n) do update
    set
        size = excluded.size,
        classic = excluded.classic,
        rolling = excluded.rolling,
        as_of_on = excluded.as_of_on
    returning t.day_n
),
deleted as (
    delete from productivity.retention_cohort t
    where t.tenant_id = $1
    and t.cohort_day = any($3)
    and t.as_of_on <= $2
    and (t.cohort_day, t.day_n) not in (select c.cohort_day, c.day_n from cell c)
    returning t.day_n
)
select (select count(*) from written) as "written!", (select count(*) from deleted) as "deleted!"
