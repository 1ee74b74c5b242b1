-- What a gym consists of: one row.
select
    (select count(*) from coaching.member where tenant_id = $1) as "members!",
    (select count(*) from coaching.member where tenant_id = $1 and status = 'active') as "active!",
    (select count(*) from coaching.coach where tenant_id = $1 and active and role = 'coach') as "coaches!",
    (
        select count(*) from coaching.member_activity
        where tenant_id = $1 and activity_type in ('visit', 'check_in')
    ) as "visits!"
