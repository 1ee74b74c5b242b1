-- Writes how users worked on dates, one element of each array from $3 on a user's date, deletes the dates $13 of the users
-- $12, and says how many rows those were. By the primary key. All of them differ from what is stored, or did when they were
-- read.
with focus as (
    select *
    from rows from (
        unnest($3::uuid[]), unnest($4::date[]), unnest($5::integer[]), unnest($6::integer[]), unnest($7::integer[]),
        unnest($8::integer[]), unnest($9::integer[]), unnest($10::integer[]), unnest($11::integer[]),
        unnest($14::jsonb[]), generate_series(1, cardinality($3::uuid[]))
    ) as f (
        user_id, day, sessions_completed, sessions_cancelled, sessions_expired, sessions_counted, focus_seconds,
        break_sessions, break_seconds, by_type, place
    )
),
written as (
    insert into productivity.user_daily_focus as t (
        tenant_id, user_id, day, sessions_completed, sessions_cancelled, sessions_expired, sessions_counted,
        focus_seconds, break_sessions, break_seconds, by_type, computed_at
    )
    select
        $1, f.user_id, f.day, f.sessions_completed, f.sessions_cancelled, f.sessions_expired, f.sessions_counted,
        f.focus_seconds, f.break_sessions, f.break_seconds, f.by_type, $2
    from focus f
    on conflict (tenant_id, user_id, day) do update
    set
        sessions_completed = excluded.sessions_completed,
        sessions_cancelled = excluded.sessions_cancelled,
        sessions_expired = excluded.sessions_expired,
        sessions_counted = excluded.sessions_counted,
        focus_seconds = excluded.focus_seconds,
        break_sessions = excluded.break_sessions,
        break_seconds = excluded.break_seconds,
        by_type = excluded.by_type,
        computed_at = excluded.computed_at
    returning 1
),
deleted as (
    delete from productivity.user_daily_focus t
    using rows from (
        unnest($12::uuid[]), unnest($13::date[]), generate_series(1, cardinality($12::uuid[]))
    ) as gone (user_id, day, place)
    where t.tenant_id = $1
    and t.user_id = gone.user_id
    and t.day = gone.day
    -- Said twice, so that every plan there is looks for these users only.
    and t.user_id = any($12)
    returning 1
)
select (select count(*) from written) + (select count(*) from deleted) as "written!"
