-- What a shop consists of: one row.
select
    (select count(*) from booking.customer where tenant_id = $1 and deleted_at is null) as "customers!",
    (select count(*) from booking.appointment where tenant_id = $1) as "appointments!",
    (select count(*) from booking.slot_opening where tenant_id = $1 and status = 'open') as "open_slots!",
    coalesce((select payment_mode from booking.setting where tenant_id = $1), 'none') as "payment_mode!"
