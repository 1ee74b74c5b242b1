-- The floor of recompute-scores: what its pages read, read at once for the whole shop, and the very rows that it
-- wrote, written at once from where they were kept.
with event as (
    select
        a.customer_id,
        array_agg(row(
            a.event_at,
            a.status,
            a.source,
            a.financial_outcome,
            a.resolution_reason,
            a.attendance,
            a.cancellation_source,
            a.starts_at > a.event_at + interval '7 days'
        )) as of_window
    from booking.appointment a
    where a.tenant_id = $1
    and a.event_at >= $2 - interval '180 days'
    and a.event_at <= $2
    group by a.customer_id
),
feature as materialized (
    select
        c.id,
        s.score,
        s.tier,
        n.score as no_show_score,
        n.risk,
        n.no_show_rate,
        event.of_window
    from booking.customer c
    left join booking.customer_score s on s.tenant_id = $1 and s.customer_id = c.id
    left join booking.no_show_stat n on n.tenant_id = $1 and n.customer_id = c.id
    left join event on event.customer_id = c.id
    where c.tenant_id = $1
    and c.deleted_at is null
),
score as (
    insert into booking.customer_score
        (id, tenant_id, customer_id, score, tier, history, window_days, stats, breakdown, last_activity_at, computed_at)
    select
        k.id, $1, k.id, k.score, k.tier, k.history, k.window_days, k.stats, k.breakdown, k.last_activity_at, $2
    from feature f
    join public.kept k using (id)
    returning id
),
no_show as (
    insert into booking.no_show_stat (
        id, tenant_id, customer_id, visits, attended, presumed_attended, no_shows, no_shows_last_90_days, late_cancels,
        cancels, no_show_rate, last_no_show_at, score, risk, window_days, breakdown, computed_at
    )
    select
        k.id, $1, k.id, k.visits, k.attended, k.presumed_attended, k.no_shows, k.no_shows_last_90_days, k.late_cancels,
        k.cancels, k.no_show_rate, k.last_no_show_at, k.no_show_score, k.no_show_risk, k.window_days,
        k.no_show_breakdown, $2
    from feature f
    join public.kept k using (id)
    returning id
)
select
    (select count(*) from score),
    (select count(*) from no_show)
