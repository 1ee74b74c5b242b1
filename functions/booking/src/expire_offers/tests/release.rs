//! Unpaid bookings, and what becomes of their slots.

use super::*;

#[tokio::test]
async fn a_released_booking_gives_its_slot_back_and_the_same_run_offers_it_on() {
    let (db, mut connection, tenant) = shop(1).await;
    let (opening, anna) = (subject_id(tenant, 1), subject_id(tenant, 1_001));
    let booked = format!(
        "update booking.slot_offer set status = 'accepted', closed_at = '2026-11-23 07:00Z';
         update booking.slot_opening set status = 'filled', closed_reason = 'filled', closed_at = '2026-11-23 07:00Z',
            next_action_at = '2026-11-23 23:00Z';
         insert into booking.appointment (
            id, tenant_id, customer_id, resource, starts_at, ends_at, payment_required, source, created_at,
            source_slot_opening_id
         ) values (
            '{opening}', '{tenant}', '{anna}', '1', '2026-11-24 12:00Z', '2026-11-24 13:00Z', true, 'slot_recovery',
            '2026-11-23 08:00Z', '{opening}'
         )"
    );
    execute(&mut connection, &booked).await;
    let report = run(&db).await;
    let expected = json!({"released": 1, "reopened": 1, "swept": 1, "triggered": 1});
    assert_eq!((counted(&report), report.totals.total), (expected, 2));
    let offers = "select customer_id, status, rank from booking.slot_offer order by rank";
    let expected = [
        json!({"customer_id": anna, "status": "declined", "rank": 1}),
        json!({"customer_id": subject_id(tenant, 2_001), "status": "sent", "rank": 2}),
    ];
    assert_eq!(rows(&mut connection, offers).await, expected);
    let events = rows(
        &mut connection,
        "select type, meta, run_id, appointment_id from booking.appointment_event",
    )
    .await;
    let event = json!({
        "type": "cancelled", "meta": {"reason": "not_paid"}, "run_id": report.run_id, "appointment_id": opening,
    });
    assert_eq!(events, [event]);
    let booking = rows(
        &mut connection,
        "select status, cancellation_source, cancelled_at = '2026-11-23 10:00Z' as now, financial_outcome
         from booking.appointment",
    )
    .await;
    let cancelled = json!({
        "status": "cancelled", "cancellation_source": "system", "now": true, "financial_outcome": "unresolved",
    });
    assert_eq!(booking, [cancelled]);
}

#[tokio::test]
async fn a_released_booking_opens_no_slot_that_is_past_or_has_been_opened_again() {
    let (db, mut connection, tenant) = shop(2).await;
    // Both were booked from an offer. The first began this minute, the second's time was opened anew since.
    let booked = format!(
        "update booking.slot_offer set status = 'accepted';
         update booking.slot_opening set status = 'filled', closed_reason = 'filled', closed_at = now();
         update booking.slot_opening set starts_at = '2026-11-23 10:00Z' where id = '{first}';
         insert into booking.slot_opening (id, tenant_id, resource, starts_at, ends_at, next_action_at)
         select '{anew}', tenant_id, resource, starts_at, ends_at, '2026-11-24Z'
         from booking.slot_opening where id = '{second}';
         insert into booking.appointment (
            id, tenant_id, customer_id, resource, starts_at, ends_at, payment_required, created_at,
            source_slot_opening_id
         )
         select id, tenant_id, customer_id, resource, starts_at, ends_at, true, '2026-11-23 08:00Z', id
         from (select o.*, f.customer_id from booking.slot_opening o join booking.slot_offer f on f.slot_opening_id = o.id) o",
        first = subject_id(tenant, 1),
        second = subject_id(tenant, 2),
        anew = subject_id(tenant, 3),
    );
    execute(&mut connection, &booked).await;
    let report = run(&db).await;
    assert_eq!(counted(&report), json!({"released": 2}));
    let declined = "select status from booking.slot_offer";
    assert_eq!(
        rows(&mut connection, declined).await,
        vec![json!({"status": "declined"}); 2]
    );
}

#[tokio::test]
async fn two_openings_of_one_time_are_not_both_opened_again() {
    let (db, mut connection, tenant) = shop(2).await;
    let booked = "update booking.slot_offer set status = 'accepted';
        update booking.slot_opening set status = 'filled', closed_reason = 'filled', resource = '1';
        insert into booking.appointment (
            id, tenant_id, customer_id, resource, starts_at, ends_at, payment_required, created_at,
            source_slot_opening_id
        )
        select o.id, o.tenant_id, f.customer_id, o.id::text, o.starts_at, o.ends_at, true, '2026-11-23 08:00Z', o.id
        from booking.slot_opening o
        join booking.slot_offer f on f.slot_opening_id = o.id";
    execute(&mut connection, booked).await;
    let report = run(&db).await;
    let expected = json!({"released": 2, "reopened": 1, "swept": 1, "triggered": 1});
    assert_eq!((report.status, counted(&report)), (Status::Succeeded, expected));
    let open = rows(
        &mut connection,
        "select id from booking.slot_opening where status = 'open'",
    )
    .await;
    assert_eq!(open, [json!({"id": subject_id(tenant, 1)})]);
}

#[tokio::test]
async fn a_booking_that_is_paid_or_held_by_its_customer_is_not_released() {
    let db = TestDb::new().await;
    let tenant = db.tenant("booking", "shop", "UTC").await;
    let mut connection = db.connect().await;
    Bookings::seed(&mut connection, tenant, 4).await.unwrap();
    let payment = |n, status| {
        format!(
            "insert into booking.payment (tenant_id, appointment_id, amount, status)
             values ('{tenant}', '{}', 50, '{status}');",
            subject_id(tenant, n)
        )
    };
    execute(
        &mut connection,
        &(payment(1, "succeeded") + &payment(2, "processing") + &payment(3, "failed")),
    )
    .await;
    let mut paying = db.connect().await;
    let hold = format!(
        "begin; select from booking.appointment where id = '{}' for update",
        subject_id(tenant, 4)
    );
    execute(&mut paying, &hold).await;
    let report = run(&db).await;
    assert_eq!(counted(&report), json!({"released": 1}));
    let released = "select id from booking.appointment where status = 'cancelled'";
    assert_eq!(
        rows(&mut connection, released).await,
        [json!({"id": subject_id(tenant, 3)})]
    );
}
