-- What the run did for the company, as far as its checkpoint says: $5 where it has none yet. $6 is 1 until all is done. A dry
-- run's note is rolled back with the rest.
insert into productivity.cleanup_run as noted (tenant_id, run_id, as_of, cutoffs, counts, dry_run)
select $1, $2, $3, $4, coalesce(c.counters, $5) || jsonb_build_object('remaining', $6::integer), false
from (select) as one
left join platform.job_checkpoint c on c.run_id = $2 and c.tenant_id = $1
on conflict (tenant_id, run_id) do update
set counts = excluded.counts
where noted.counts <> excluded.counts
