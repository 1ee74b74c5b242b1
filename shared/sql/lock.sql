-- The job's lock for a run over all tenants; the cast chooses the one-number form.
select pg_try_advisory_lock($1::int::bigint) as "acquired!"
