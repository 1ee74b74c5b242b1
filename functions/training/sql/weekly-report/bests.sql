-- The best estimated one-repetition maxima of users ($2) in exercises ($3) before an instant ($4 of each), in thirtieths
-- of hundredths of kilograms; no row where there is none. Sets by the index (tenant_id, user_id, exercise_id), their
-- workouts by the unique index (tenant_id, id).
select
    e.place as "place!",
    best.of_all as "best!"
from rows from (
    unnest($2::uuid[]), unnest($3::uuid[]), unnest($4::timestamptz[]), generate_series(1, cardinality($2::uuid[]))
) as e (user_id, exercise_id, before, place)
cross join lateral (
    select max((s.weight_kg * 100)::bigint * case when s.reps = 1 then 30 else 30 + s.reps::bigint end) as of_all
    from training.workout_set s
    cross join lateral (
        select w.start_time, w.lifecycle_status, w.completion_status
        from training.workout w
        where w.tenant_id = $1
        and w.id >= s.workout_id
        and w.id <= s.workout_id
        order by w.id
        limit 1
    ) w
    where s.tenant_id = $1
    and s.user_id = e.user_id
    and s.exercise_id = e.exercise_id
    and s.set_type <> 'warmup'
    and s.weight_kg > 0
    and s.reps between 1 and 12
    and w.lifecycle_status = 'finalized'
    and w.completion_status in ('completed', 'partial')
    and w.start_time < e.before
) best
where best.of_all is not null
