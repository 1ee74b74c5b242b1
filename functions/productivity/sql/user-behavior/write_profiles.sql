-- Writes profiles, one element of each array a user, and says how many rows those were. By the primary key. All of them
-- differ from what is stored, or did when they were read.
with written as (
    insert into productivity.user_behavior_profile (
        tenant_id, computed_at, user_id, sample, preferred_type, best_daypart, usual_hour, median_seconds,
        completion_rate, break_adherence
    )
    select $1, $2, *
    from unnest(
        $3::uuid[], $4::integer[], $5::text[], $6::text[], $7::smallint[], $8::integer[], $9::numeric[], $10::numeric[]
    )
    on conflict (tenant_id, user_id) do update
    set
        computed_at = excluded.computed_at,
        sample = excluded.sample,
        preferred_type = excluded.preferred_type,
        best_daypart = excluded.best_daypart,
        usual_hour = excluded.usual_hour,
        median_seconds = excluded.median_seconds,
        completion_rate = excluded.completion_rate,
        break_adherence = excluded.break_adherence
    returning 1
)
select count(*) as "written!"
from written
