-- An app in numbers.
select
    (select count(*) from training.app_user where tenant_id = $1) as "users!",
    (select count(*) from training.app_user where tenant_id = $1 and entitlement = 'pro') as "pro!",
    (select count(distinct trim(time_zone)) from training.app_user where tenant_id = $1) as "time_zones!",
    (select count(*) from training.workout where tenant_id = $1) as "workouts!",
    (select count(*) from training.workout_set where tenant_id = $1) as "sets!"
