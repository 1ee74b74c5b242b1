-- A company in numbers.
select
    (select count(*) from productivity.app_user where tenant_id = $1) as "people!",
    (select count(distinct btrim(time_zone)) from productivity.app_user where tenant_id = $1) as "time_zones!",
    (select count(*) from productivity.goal where tenant_id = $1) as "goals!",
    (select count(*) from productivity.timer_session where tenant_id = $1) as "sessions!",
    (select count(*) from productivity.timer_session where tenant_id = $1 and ended_at is null) as "running!"
