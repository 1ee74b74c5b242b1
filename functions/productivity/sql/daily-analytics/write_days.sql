-- Writes days, one element of each array a day, and says how many rows those were. By the primary key. All of them differ
-- from what is stored, or did when they were read; one that became final meanwhile stays as it is.
with written as (
    insert into productivity.daily_metric as t (
        tenant_id, computed_at, day, dau, wau, mau, new_users, sessions_started, sessions_completed,
        sessions_cancelled, sessions_expired, sessions_counted, focus_users, outliers_capped, goals_created,
        goals_completed, goals_overdue_open, mails_failed, focus_seconds, stickiness, dau_wau, completion_rate,
        on_time_rate, avg_session_seconds, p50_session_seconds, p90_session_seconds, max_session_seconds, is_final
    )
    select $1, $2, *
    from unnest(
        $3::date[], $4::integer[], $5::integer[], $6::integer[], $7::integer[], $8::integer[], $9::integer[],
        $10::integer[], $11::integer[], $12::integer[], $13::integer[], $14::integer[], $15::integer[],
        $16::integer[], $17::integer[], $18::integer[], $19::bigint[], $20::numeric[], $21::numeric[],
        $22::numeric[], $23::numeric[], $24::integer[], $25::integer[], $26::integer[], $27::integer[],
        $28::boolean[]
    )
    on conflict (tenant_id, day) do update
    set
        computed_at = excluded.computed_at,
        dau = excluded.dau,
        wau = excluded.wau,
        mau = excluded.mau,
        new_users = excluded.new_users,
        sessions_started = excluded.sessions_started,
        sessions_completed = excluded.sessions_completed,
        sessions_cancelled = excluded.sessions_cancelled,
        sessions_expired = excluded.sessions_expired,
        sessions_counted = excluded.sessions_counted,
        focus_users = excluded.focus_users,
        outliers_capped = excluded.outliers_capped,
        goals_created = excluded.goals_created,
        goals_completed = excluded.goals_completed,
        goals_overdue_open = excluded.goals_overdue_open,
        mails_failed = excluded.mails_failed,
        focus_seconds = excluded.focus_seconds,
        stickiness = excluded.stickiness,
        dau_wau = excluded.dau_wau,
        completion_rate = excluded.completion_rate,
        on_time_rate = excluded.on_time_rate,
        avg_session_seconds = excluded.avg_session_seconds,
        p50_session_seconds = excluded.p50_session_seconds,
        p90_session_seconds = excluded.p90_session_seconds,
        max_session_seconds = excluded.max_session_seconds,
        is_final = excluded.is_final
    where not t.is_final
    returning 1
)
select count(*) as "written!"
from written
