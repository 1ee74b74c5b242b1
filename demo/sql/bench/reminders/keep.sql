-- What a reminder job has written, each row beside the user whom it is about, for the floor to write again. What was there
-- before is older than the instant as of which everything was made up.
copy (
    select c.tenant_id, c.user_id, m, null::platform.notification, null::productivity.contact_log,
        null::productivity.goal_reminder_mark, null::productivity.reengagement_episode,
        null::productivity.user_weekly_review, null::productivity.user_monthly_report
    from platform.message m
    join productivity.contact_log c on c.tenant_id = m.tenant_id and c.dedupe_key = m.dedupe_key
    where m.status = 'pending'
    union all
    select n.tenant_id, n.recipient_id, null, n, null, null, null, null, null
    from platform.notification n
    where n.created_at > '2026-01-29T03:00Z'
    union all
    select c.tenant_id, c.user_id, null, null, c, null, null, null, null
    from productivity.contact_log c
    where c.created_at > '2026-01-29T03:00Z'
    union all
    select k.tenant_id, k.user_id, null, null, null, k, null, null, null
    from productivity.goal_reminder_mark k
    where k.created_at > '2026-01-29T03:00Z'
    union all
    select e.tenant_id, e.user_id, null, null, null, null, e, null, null
    from productivity.reengagement_episode e
    where greatest(e.last_sent_at, e.closed_at) > '2026-01-29T03:00Z'
    union all
    select w.tenant_id, w.user_id, null, null, null, null, null, w, null
    from productivity.user_weekly_review w
    union all
    select r.tenant_id, r.user_id, null, null, null, null, null, null, r
    from productivity.user_monthly_report r
) to stdout (format binary)
