-- The shop's settings: one row or none, by the unique index on tenant_id.
select
    resolution_grace_minutes,
    payment_settle_hours,
    cancel_cutoff_minutes,
    refund_before_cutoff,
    unpaid_counts_as_no_show,
    pending_ttl_minutes,
    recovery_ttl_minutes,
    offers_enabled,
    offer_ttl_minutes,
    offer_min_lead_minutes,
    offer_cooldown_hours,
    quiet_start,
    quiet_end,
    exclude_risk_from_offers,
    exclude_high_no_show_from_offers,
    payment_mode,
    deposit_amount,
    risk_deposit_amount,
    top_deposit_amount,
    top_deposit_waived,
    nullif(trim(owner_email), '') as owner_email
from booking.setting
where tenant_id = $1
