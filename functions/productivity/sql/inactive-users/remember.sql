-- Remembers which step people have been sent, and that an episode is over with the last one.
insert into productivity.reengagement_episode (tenant_id, user_id, episode_start, last_step, last_sent_at, closed_at)
select $1, a.user_id, a.episode_start, a.step, $6::timestamptz, case when a.is_last then $6 end
from unnest($2::uuid[], $3::date[], $4::smallint[], $5::boolean[]) as a (user_id, episode_start, step, is_last)
on conflict (tenant_id, user_id, episode_start) do update
set last_step = excluded.last_step,
    last_sent_at = excluded.last_sent_at,
    closed_at = excluded.closed_at
