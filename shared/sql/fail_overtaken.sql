-- Whoever holds the lock knows that overlapping runs that still say running are dead, or overtaken.
update platform.job_run
set status = 'failed', finished_at = clock_timestamp(), error = 'superseded: it stopped without a word, and a later run took over'
where job = $1
and status = 'running'
and id <> $3
and ($2 = '' or scope in ('', $2))
