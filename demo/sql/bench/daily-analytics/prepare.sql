-- All sessions have ended in the four days before, of which nothing has been summed up.
update productivity.timer_session s
set
    started_at = s.started_at + moved.by,
    ended_at = s.ended_at + moved.by,
    resumed_at = s.resumed_at + moved.by,
    updated_at = s.ended_at + moved.by
from (
    select
        id,
        make_interval(days => (
            date '2026-01-28' - (ended_at at time zone 'UTC')::date
            - (row_number() over (partition by user_id order by ended_at desc))::integer % 4
        )) as by
    from productivity.timer_session
    where ended_at is not null
) moved
where s.id = moved.id;

truncate productivity.user_daily_focus
