//! Whom a slot can be offered to.

use super::*;

/// What makes a customer of [`shop`] no candidate, one thing at a time.
#[tokio::test]
async fn only_who_wants_and_can_have_it_is_a_candidate() {
    let customer = "(select id from booking.customer order by id desc limit 1)";
    let no_candidates = json!({"total": 1, "expired": 1, "openingsExpired": 1});
    let waiting = json!({"total": 1, "expired": 1, "waiting": 1});
    let offered = json!({"total": 1, "expired": 1, "triggered": 1});
    let offer_of_another_slot = |columns: &str| {
        format!(
            "with other as (
                insert into booking.slot_opening (tenant_id, resource, starts_at, ends_at, next_action_at)
                select tenant_id, 'other', starts_at, ends_at, '2026-12-01Z' from booking.slot_opening returning *
            )
            insert into booking.slot_offer (tenant_id, slot_opening_id, customer_id, {})
            select tenant_id, id, {customer}, {} from other",
            columns.split_once(':').unwrap().0,
            columns.split_once(':').unwrap().1,
        )
    };
    let booked = |from: &str, to: &str, status: &str| {
        format!(
            "insert into booking.appointment (
                tenant_id, customer_id, resource, starts_at, ends_at, status, cancelled_at, cancellation_source
            )
            select tenant_id, {customer}, 'other', '2026-11-24 {from}Z', '2026-11-24 {to}Z', '{status}', now(), 'customer'
            from booking.slot_opening"
        )
    };
    let cases = [
        ("select 1".to_owned(), &offered),
        (
            format!("update booking.customer set email = ' x@y ' where id = {customer}"),
            &offered,
        ),
        (
            format!("update booking.customer set email = 'nobody' where id = {customer}"),
            &no_candidates,
        ),
        (
            format!("update booking.customer set email = null where id = {customer}"),
            &no_candidates,
        ),
        (
            format!("update booking.customer set email_opt_in = false where id = {customer}"),
            &no_candidates,
        ),
        (
            format!("update booking.customer set deleted_at = now() where id = {customer}"),
            &no_candidates,
        ),
        (
            format!(
                "update booking.customer set email = ' X@y.z ' where id = {customer};
                 insert into platform.suppression (tenant_id, address, reason)
                 select tenant_id, 'x@y.z', 'manual' from booking.slot_opening"
            ),
            &no_candidates,
        ),
        (booked("11:00", "12:00", "booked"), &offered),
        (booked("11:00", "12:01", "pending"), &no_candidates),
        (booked("12:59", "14:00", "booked"), &no_candidates),
        (booked("13:00", "14:00", "booked"), &offered),
        (booked("12:00", "13:00", "cancelled"), &offered),
        (
            offer_of_another_slot(
                "status, sent_at, expires_at: 'expired', timestamptz '2026-11-22 10:00Z', timestamptz '2026-11-22 10:15Z'",
            ),
            &offered,
        ),
        (
            offer_of_another_slot(
                "status, sent_at, expires_at: 'declined', timestamptz '2026-11-22 10:00:01Z', timestamptz '2026-11-22 10:15Z'",
            ),
            &waiting,
        ),
        (
            offer_of_another_slot(
                "status, sent_at, expires_at: 'failed', timestamptz '2026-11-23 09:59Z', timestamptz '2026-11-23 10:14Z'",
            ),
            &offered,
        ),
        (
            offer_of_another_slot(
                "status, sent_at, expires_at: 'sent', timestamptz '2026-11-22 09:00Z', timestamptz '2026-11-23 10:00:01Z'",
            ),
            &waiting,
        ),
    ];
    for (given, expected) in cases {
        let (db, mut connection, _) = shop(1).await;
        execute(&mut connection, &given).await;
        assert_eq!(counted(&run(&db).await), *expected, "{given}");
    }
}

#[tokio::test]
async fn whoever_misses_appointments_can_be_left_out() {
    for (excluded, risk, expected) in [
        (
            true,
            "high",
            json!({"total": 1, "expired": 1, "openingsExpired": 1}),
        ),
        (true, "medium", json!({"total": 1, "expired": 1, "triggered": 1})),
        (false, "high", json!({"total": 1, "expired": 1, "triggered": 1})),
    ] {
        let (db, mut connection, tenant) = shop(1).await;
        let given = format!(
            "insert into booking.setting (tenant_id, exclude_high_no_show_from_offers) values ('{tenant}', {excluded});
             insert into booking.no_show_stat (
                tenant_id, customer_id, visits, attended, presumed_attended, no_shows, no_shows_last_90_days,
                late_cancels, cancels, score, risk, window_days, breakdown, computed_at
             ) values ('{tenant}', '{}', 1, 0, 0, 1, 1, 0, 0, 30, '{risk}', 180, '{{}}', now())",
            subject_id(tenant, 2_001)
        );
        execute(&mut connection, &given).await;
        assert_eq!(counted(&run(&db).await), expected, "{excluded} {risk}");
    }
}

/// An offer that will be found undeliverable makes nobody busy, even while its own turn is still to come.
#[tokio::test]
async fn who_never_got_the_mail_can_be_offered_another_slot_at_once() {
    let (db, mut connection, tenant) = shop(2).await;
    // The second opening's offer is good until later, but its e-mail failed; nobody else is left.
    let given = format!(
        "update booking.slot_offer set expires_at = '2026-11-23 10:10Z' where id = '{second}';
         insert into platform.message (tenant_id, job, channel, dedupe_key, target, status)
         values ('{tenant}', 'expire-offers', 'email', 'offer:{second}', 'x@y', 'failed');
         update booking.customer set email_opt_in = false where id <> '{customer}'",
        second = subject_id(tenant, 2),
        customer = subject_id(tenant, 1_002),
    );
    execute(&mut connection, &given).await;
    for page in [1, 25] {
        let dry = Request {
            dry_run: true,
            ..invoked(as_of())
        };
        let report = shared::testing::ran(db.runner(page).run(&job(), &dry, None, &mut ()).await.unwrap());
        let expected =
            json!({"total": 1, "expired": 1, "undeliverable": 1, "triggered": 1, "openingsExpired": 1});
        assert_eq!(counted(&report), expected, "pages of {page}");
    }
}

/// More customers than one look takes in cannot have the slot; whoever comes after them can.
#[tokio::test]
async fn the_next_customer_is_found_however_far_down_he_stands() {
    let (db, mut connection, tenant) = shop(1).await;
    let crowd = format!(
        "with crowd as (
            insert into booking.customer (tenant_id, name, email, created_at)
            select '{tenant}', 'Busy', n || '@example.org', '2025-01-01Z' from generate_series(1, 600) n
            returning id
        )
        insert into booking.appointment (tenant_id, customer_id, resource, starts_at, ends_at, status)
        select '{tenant}', id, id::text, '2026-11-24 12:00Z', '2026-11-24 13:00Z', 'booked' from crowd"
    );
    execute(&mut connection, &crowd).await;
    assert_eq!(
        counted(&run(&db).await),
        json!({"total": 1, "expired": 1, "triggered": 1})
    );
    let offered = rows(
        &mut connection,
        "select customer_id from booking.slot_offer where status = 'sent'",
    )
    .await;
    assert_eq!(offered, [json!({"customer_id": subject_id(tenant, 2_001)})]);
}

#[tokio::test]
async fn a_dry_run_of_several_pages_offers_no_customer_two_slots() {
    let (db, mut connection, tenant) = shop(7).await;
    // Three can be offered one, four slots have to wait.
    let few = format!(
        "update booking.customer set email_opt_in = false where id > '{}'",
        subject_id(tenant, 2_003)
    );
    execute(&mut connection, &few).await;
    let dry = Request {
        dry_run: true,
        ..invoked(as_of())
    };
    let dry = shared::testing::ran(db.runner(2).run(&job(), &dry, None, &mut ()).await.unwrap());
    let real = run(&db).await;
    assert_eq!(dry.counters, real.counters);
    assert_eq!(
        counted(&real),
        json!({"total": 7, "expired": 7, "triggered": 3, "waiting": 4})
    );
    let mut offered: Vec<_> = dry
        .changes
        .iter()
        .map(|change| change.after["offered_to"].to_string())
        .collect();
    offered.retain(|customer| customer != "null");
    offered.dedup();
    assert_eq!(offered.len(), 3);
}
