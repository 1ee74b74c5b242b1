-- Messages that failed in the hour before $1 and those that are due for too long, of all tenants and the operator's own.
select failed as "failed!", waiting as "waiting!"
from platform.message_health($1)
