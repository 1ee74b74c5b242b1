-- Writes the no-show statistics that are new or differ from the stored ones, as the scores are written.
insert into booking.no_show_stat (
    id, tenant_id, customer_id, visits, attended, presumed_attended, no_shows, no_shows_last_90_days, late_cancels,
    cancels, no_show_rate, last_no_show_at, score, risk, window_days, breakdown, computed_at
)
select
    d.customer_id, $1, d.customer_id, d.visits, d.attended, d.presumed_attended, d.no_shows, d.no_shows_last_90_days,
    d.late_cancels, d.cancels, d.no_show_rate, d.last_no_show_at, d.score, d.risk, $3, d.breakdown, $2
from rows from (
    unnest($4::uuid[]), unnest($5::integer[]), unnest($6::integer[]), unnest($7::integer[]), unnest($8::integer[]),
    unnest($9::integer[]), unnest($10::integer[]), unnest($11::integer[]), unnest($12::numeric[]),
    unnest($13::timestamptz[]), unnest($14::integer[]), unnest($15::text[]), unnest($16::jsonb[])
) as d (
    customer_id, visits, attended, presumed_attended, no_shows, no_shows_last_90_days, late_cancels, cancels,
    no_show_rate, last_no_show_at, score, risk, breakdown
)
-- The first stored row from the customer on, if it is his, as in the read query.
left join lateral (
    select *
    from booking.no_show_stat t
    where t.tenant_id = $1
    and t.customer_id >= d.customer_id
    order by t.customer_id
    limit 1
) stored on stored.customer_id = d.customer_id
where (
    stored.visits, stored.attended, stored.presumed_attended, stored.no_shows, stored.no_shows_last_90_days,
    stored.late_cancels, stored.cancels, stored.no_show_rate, stored.last_no_show_at, stored.score, stored.risk,
    stored.window_days, stored.breakdown
) is distinct from (
    d.visits, d.attended, d.presumed_attended, d.no_shows, d.no_shows_last_90_days, d.late_cancels, d.cancels,
    d.no_show_rate, d.last_no_show_at, d.score, d.risk, $3, d.breakdown
)
on conflict (tenant_id, customer_id) do update
set
    visits = excluded.visits,
    attended = excluded.attended,
    presumed_attended = excluded.presumed_attended,
    no_shows = excluded.no_shows,
    no_shows_last_90_days = excluded.no_shows_last_90_days,
    late_cancels = excluded.late_cancels,
    cancels = excluded.cancels,
    no_show_rate = excluded.no_show_rate,
    last_no_show_at = excluded.last_no_show_at,
    score = excluded.score,
    risk = excluded.risk,
    window_days = excluded.window_days,
    breakdown = excluded.breakdown,
    computed_at = excluded.computed_at
