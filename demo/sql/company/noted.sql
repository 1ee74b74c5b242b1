-- How many rows a run of data-cleanup says that it archived, deleted or erased.
select
    (r.counts ->> 'archivedSessions')::bigint + (r.counts ->> 'archivedGoals')::bigint
    + (r.counts ->> 'deletedMetrics')::bigint + (r.counts ->> 'deletedNotifications')::bigint
    + (r.counts ->> 'deletedMails')::bigint + (r.counts ->> 'deletedOperational')::bigint
    + (r.counts ->> 'scrubbedMails')::bigint + (r.counts ->> 'expiredTimers')::bigint
    + (r.counts ->> 'erasedUsers')::bigint as "rows!"
from productivity.cleanup_run r
where r.tenant_id = $1
and r.run_id = $2
