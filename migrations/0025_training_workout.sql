-- What users trained: workouts and their sets.

create table training.exercise (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null references platform.tenant on delete cascade,
    name text not null,
    created_at timestamptz not null default now(),
    unique (tenant_id, id)
);

comment on table training.exercise is 'A movement that is trained, such as the squat.';

create table training.workout (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null,
    user_id uuid not null,
    lifecycle_status text not null check (lifecycle_status in ('draft', 'finalized', 'abandoned')),
    completion_status text check (completion_status in ('completed', 'partial')),
    -- It belongs to the local date of its start, whenever it ended.
    start_time timestamptz not null
        check (start_time >= '1900-01-01 00:00Z' and start_time < '2300-01-01 00:00Z'),
    end_time timestamptz,
    -- A forgotten draft that was closed after a day has 1439.
    duration_minutes integer check (duration_minutes >= 0),
    created_at timestamptz not null default now(),
    unique (tenant_id, id),
    -- So that a set cannot be one user's in another one's workout.
    constraint workout_user_key unique (tenant_id, user_id, id),
    foreign key (tenant_id, user_id) references training.app_user (tenant_id, id) on delete cascade
);

-- A user's workouts that count, by their starts: the first, the newest, and those of a range.
create index workout_user_start_idx on training.workout (tenant_id, user_id, start_time)
    where lifecycle_status = 'finalized' and completion_status in ('completed', 'partial');
-- Who trained lately.
create index workout_start_idx on training.workout (tenant_id, start_time, user_id)
    where lifecycle_status = 'finalized' and completion_status in ('completed', 'partial');

comment on table training.workout is 'A session of training. Only finalized ones that were completed, even in part, count for anything.';

create table training.workout_set (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null,
    user_id uuid not null,
    workout_id uuid not null,
    exercise_id uuid not null,
    set_type text not null default 'working'
        check (set_type in ('working', 'warmup', 'failure', 'drop', 'amrap')),
    reps integer check (reps >= 0),
    -- Always kilograms, whatever the user sees.
    weight_kg numeric(6,2) check (weight_kg >= 0 and weight_kg <> 'NaN'),
    duration_seconds integer check (duration_seconds >= 0),
    effort text check (effort in ('easy', 'medium', 'hard')),
    created_at timestamptz not null default now(),
    foreign key (tenant_id, user_id, workout_id) references training.workout (tenant_id, user_id, id)
        on delete cascade,
    foreign key (tenant_id, exercise_id) references training.exercise (tenant_id, id) on delete cascade
);

create index workout_set_workout_idx on training.workout_set (tenant_id, workout_id);
-- A user's sets of one exercise, for his personal records.
create index workout_set_exercise_idx on training.workout_set (tenant_id, user_id, exercise_id);

comment on table training.workout_set is 'So many repetitions of an exercise, or so many seconds of it.';

select platform.isolate_tenants('training.exercise', 'training.workout', 'training.workout_set');

grant select on training.exercise, training.workout, training.workout_set to nightshift_job;
