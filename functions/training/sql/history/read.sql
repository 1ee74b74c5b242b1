-- What users want and what they trained, one row for each id of $2: the workouts from $3 to $5, and of
-- those from $4 on what was done of each exercise. Users by the unique index (tenant_id, id), profiles by theirs
-- (tenant_id, user_id), workouts by the index (tenant_id, user_id, start_time) of those that count, sets by the index
-- (tenant_id, workout_id).
--
-- Kilograms are counted in hundredths, which are whole, and estimated maxima in thirtieths of them.
select
    u.place as "place!",
    profile.primary_goal as "primary_goal?",
    profile.target_days_per_week as "target_days?",
    profile.target_session_minutes as "target_minutes?",
    first.start_time as "first_at?",
    workout.done as "workouts: Vec<Workout>",
    lift.done as "lifts: Vec<Lift>"
from rows from (unnest($2::uuid[]), generate_series(1, cardinality($2::uuid[]))) as u (id, place)
left join lateral (
    select p.user_id, p.primary_goal, p.target_days_per_week, p.target_session_minutes
    from training.coach_profile p
    where p.tenant_id = $1
    and p.user_id >= u.id
    and p.user_id <= u.id
    order by p.user_id
    limit 1
) profile on true
left join lateral (
    select w.start_time
    from training.workout w
    where w.tenant_id = $1
    and w.user_id = u.id
    and w.lifecycle_status = 'finalized'
    and w.completion_status in ('completed', 'partial')
    and w.start_time <= $5
    order by w.start_time
    limit 1
) first on true
cross join lateral (
    -- As the fields of `Workout`.
    select array_agg(row(w.start_time, w.duration_minutes)) as done
    from training.workout w
    where w.tenant_id = $1
    and w.user_id = u.id
    and w.lifecycle_status = 'finalized'
    and w.completion_status in ('completed', 'partial')
    and w.start_time >= $3
    and w.start_time <= $5
) workout
cross join lateral (
    -- As the fields of `Lift`.
    select array_agg(row(l.start_time, l.exercise_id, l.volume, l.sets, l.best)) as done
    from (
        select
            w.start_time,
            s.exercise_id,
            coalesce(sum(s.weight * s.reps), 0) as volume,
            count(*) filter (where s.reps > 0 or s.duration_seconds > 0) as sets,
            -- Epley's estimate: the weight itself for one repetition, else w · (30 + r) / 30, for up to twelve.
            max(s.weight * case when s.reps = 1 then 30 else 30 + s.reps::bigint end)
                filter (where s.weight > 0 and s.reps between 1 and 12) as best
        from training.workout w
        cross join lateral (
            select s.exercise_id, (s.weight_kg * 100)::bigint as weight, s.reps, s.duration_seconds
            from training.workout_set s
            where s.tenant_id = $1
            and s.workout_id = w.id
            and s.set_type <> 'warmup'
            -- Keeps it a look-up for each workout, whatever the planner thinks of the table.
            offset 0
        ) s
        where w.tenant_id = $1
        and w.user_id = u.id
        and w.lifecycle_status = 'finalized'
        and w.completion_status in ('completed', 'partial')
        and w.start_time >= $4
        and w.start_time <= $5
        group by w.id, w.start_time, s.exercise_id
    ) l
) lift
