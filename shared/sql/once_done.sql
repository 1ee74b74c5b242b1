-- What this run's work that is due once a run counted, if it is done.
select once_counters
from platform.job_run
where id = $1
