-- Remembers what was announced. The key keeps a goal's date from being announced twice.
insert into productivity.goal_reminder_mark (tenant_id, goal_id, due_on, bucket, user_id, local_date)
select $1, m.goal_id, m.due_on, m.bucket, m.user_id, m.local_date
from unnest($2::uuid[], $3::date[], $4::text[], $5::uuid[], $6::date[])
    as m (goal_id, due_on, bucket, user_id, local_date)
on conflict (tenant_id, goal_id, due_on, bucket) do nothing
