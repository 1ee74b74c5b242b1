-- Continues the floor of a reminder job, which has read whom it is about as `feature`: the very rows that the job wrote, written
-- at once from where they were kept. (Unnest takes a row apart once, and not for each of its columns.)
,
new_message as (
    insert into platform.message (
        id, tenant_id, job, channel, dedupe_key, target, subject, body_text, body_html, payload, headers, not_before,
        expires_at, status, attempts, next_attempt_at, last_error, provider_ref, sent_at, created_at, failed_at
    )
    select
        w.id, w.tenant_id, w.job, w.channel, w.dedupe_key, w.target, w.subject, w.body_text, w.body_html, w.payload,
        w.headers, w.not_before, w.expires_at, w.status, w.attempts, w.next_attempt_at, w.last_error, w.provider_ref,
        w.sent_at, w.created_at, w.failed_at
    from feature f
    join public.kept k on k.id = f.id
    cross join lateral unnest(array[k.message]) w
    where k.message is distinct from null
    returning 1
),
new_notification as (
    insert into platform.notification
    select w.*
    from feature f
    join public.kept k on k.id = f.id
    cross join lateral unnest(array[k.notification]) w
    where k.notification is distinct from null
    returning 1
),
new_contact as (
    insert into productivity.contact_log
    select w.*
    from feature f
    join public.kept k on k.id = f.id
    cross join lateral unnest(array[k.contact]) w
    where k.contact is distinct from null
    returning 1
),
new_mark as (
    insert into productivity.goal_reminder_mark
    select w.*
    from feature f
    join public.kept k on k.id = f.id
    cross join lateral unnest(array[k.mark]) w
    where k.mark is distinct from null
    returning 1
),
-- Of people who have come back the rows are there.
new_episode as (
    insert into productivity.reengagement_episode
    select w.*
    from public.kept k
    cross join lateral unnest(array[k.episode]) w
    where k.episode is distinct from null
    on conflict (tenant_id, user_id, episode_start) do update
    set
        last_step = excluded.last_step,
        last_sent_at = excluded.last_sent_at,
        closed_at = excluded.closed_at
    returning 1
),
new_review as (
    insert into productivity.user_weekly_review
    select w.*
    from feature f
    join public.kept k on k.id = f.id
    cross join lateral unnest(array[k.review]) w
    where k.review is distinct from null
    returning 1
),
new_report as (
    insert into productivity.user_monthly_report
    select w.*
    from feature f
    join public.kept k on k.id = f.id
    cross join lateral unnest(array[k.report]) w
    where k.report is distinct from null
    returning 1
)
select
    (select count(*) from new_message),
    (select count(*) from new_notification),
    (select count(*) from new_contact),
    (select count(*) from new_mark),
    (select count(*) from new_episode),
    (select count(*) from new_review),
    (select count(*) from new_report)
