-- The job's lock shared, and only then the scope's own.
select
    case
        when pg_try_advisory_lock_shared($1::int::bigint) then pg_try_advisory_lock($1::int, hashtext($2))
        else false
    end as "acquired!"
