-- A score and no-show statistics for every customer, by chance: the customer's id decides.
with drawn as (
    select
        tenant_id,
        id as customer_id,
        abs(hashtext(id::text)) % 101 as score,
        abs(hashtext(id::text || 'settled')) % 12 as settled,
        abs(hashtext(id::text || 'shows')) % 101 as showing
    from booking.customer
    where deleted_at is null
),
scored as (
    insert into booking.customer_score
        (tenant_id, customer_id, score, tier, history, window_days, stats, breakdown, computed_at)
    select
        tenant_id, customer_id, score,
        case when score >= 80 then 'top' when score <= 39 then 'risk' else 'neutral' end,
        'enough', 180, jsonb_build_object('settled', settled), '{}', $1
    from drawn
)
insert into booking.no_show_stat (
    tenant_id, customer_id, visits, attended, presumed_attended, no_shows, no_shows_last_90_days, late_cancels,
    cancels, no_show_rate, score, risk, window_days, breakdown, computed_at
)
select
    tenant_id, customer_id, settled, settled, 0, 0, 0, 0,
    0, 0, showing,
    case when showing >= 70 then 'low' when showing <= 39 then 'high' else 'medium' end,
    180, '{}', $1
from drawn
