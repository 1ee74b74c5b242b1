-- What a reminder job leaves behind in one line, but for the ids and the time of each row's making.
select concat_ws(' ',
    (
        select concat_ws(' ', count(*), sum(hashtextextended((to_jsonb(m) - '{id, created_at, due_at}'::text[])::text, 0)))
        from platform.message m
    ),
    (
        select concat_ws(' ', count(*), sum(hashtextextended((to_jsonb(n) - '{id, created_at}'::text[])::text, 0)))
        from platform.notification n
    ),
    (
        select concat_ws(' ', count(*), sum(hashtextextended((to_jsonb(c) - 'created_at')::text, 0)))
        from productivity.contact_log c
    ),
    (
        select concat_ws(' ', count(*), sum(hashtextextended((to_jsonb(k) - 'created_at')::text, 0)))
        from productivity.goal_reminder_mark k
    ),
    (
        select concat_ws(' ', count(*), sum(hashtextextended(to_jsonb(e)::text, 0)))
        from productivity.reengagement_episode e
    ),
    (
        select concat_ws(' ', count(*), sum(hashtextextended(to_jsonb(w)::text, 0)))
        from productivity.user_weekly_review w
    ),
    (
        select concat_ws(' ', count(*), sum(hashtextextended(to_jsonb(r)::text, 0)))
        from productivity.user_monthly_report r
    )
)
