-- Takes from every overlapping scope the fence that its run still counts on: a run over all tenants
-- overlaps each scope, a scoped one only the run over all tenants.
update platform.job_lease
set fence = fence + 1, taken_at = clock_timestamp()
where job = $1
and scope <> $2
and ($2 = '' or scope = '')
