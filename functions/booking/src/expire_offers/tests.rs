//! The job end to end: the golden cases, its two passes, and what nobody may see. What it does beside the application
//! and beside itself stands in [`concurrency`].

mod concurrency;
mod golden_cases;

use serde_json::Value;
use shared::{
    report::{Report, Status},
    request::Request,
    testing::{TestDb, conformance::Fixture, counted, execute, invoked, subject_id},
};
use sqlx::AssertSqlSafe;

use super::*;
use crate::golden;

/// The job as it runs for a made-up application.
fn job() -> ExpireOffers {
    ExpireOffers {
        frontend_url: "https://app.example.org".into(),
    }
}

fn as_of() -> DateTime<Utc> {
    "2026-11-23T10:00:00Z".parse().unwrap()
}

struct Openings;

impl Fixture for Openings {
    type Job = ExpireOffers;

    fn job() -> ExpireOffers {
        job()
    }

    fn as_of() -> DateTime<Utc> {
        as_of()
    }

    /// Openings of tomorrow noon, each in a room of its own, whose offers have lapsed; and as many other customers.
    async fn seed(connection: &mut PgConnection, tenant: Uuid, count: u32) -> Result<()> {
        let openings: Vec<Uuid> = (1..=count).map(|n| subject_id(tenant, n)).collect();
        let first: Vec<Uuid> = (1..=count).map(|n| subject_id(tenant, 1_000 + n)).collect();
        let next: Vec<Uuid> = (1..=count).map(|n| subject_id(tenant, 2_000 + n)).collect();
        sqlx::query(
            "with customer as (
                insert into booking.customer (id, tenant_id, name, email, created_at)
                select id, $1, 'Customer', id || '@example.org', '2026-01-01Z'
                from unnest($3::uuid[] || $4::uuid[]) id
            ),
            opening as (
                insert into booking.slot_opening (id, tenant_id, resource, starts_at, ends_at)
                select id, $1, n::text, '2026-11-24 12:00Z', '2026-11-24 13:00Z'
                from unnest($2::uuid[]) with ordinality as o (id, n)
            )
            insert into booking.slot_offer (id, tenant_id, slot_opening_id, customer_id, sent_at, expires_at)
            select opening, $1, opening, customer, '2026-11-23 09:45Z', '2026-11-23 10:00Z'
            from unnest($2::uuid[], $3::uuid[]) as f (opening, customer)",
        )
        .bind(tenant)
        .bind(openings)
        .bind(first)
        .bind(next)
        .execute(connection)
        .await?;
        Ok(())
    }

    fn written() -> (&'static str, &'static str) {
        ("booking.slot_offer", "slot_opening_id")
    }
}

mod of_openings {
    use super::Openings;

    shared::conformance!(Openings);
}

struct Bookings;

impl Fixture for Bookings {
    type Job = ExpireOffers;

    fn job() -> ExpireOffers {
        job()
    }

    fn as_of() -> DateTime<Utc> {
        as_of()
    }

    /// Bookings of one customer for tomorrow, each in a room of its own, made an hour ago and not paid.
    async fn seed(connection: &mut PgConnection, tenant: Uuid, count: u32) -> Result<()> {
        let bookings: Vec<Uuid> = (1..=count).map(|n| subject_id(tenant, n)).collect();
        sqlx::query(
            "with customer as (
                insert into booking.customer (id, tenant_id, name, created_at) values ($1, $1, 'Ann', '2026-01-01Z')
            )
            insert into booking.appointment (
                id, tenant_id, customer_id, resource, starts_at, ends_at, payment_required, created_at
            )
            select id, $1, $1, n::text, '2026-11-24 12:00Z', '2026-11-24 13:00Z', true, '2026-11-23 09:00Z'
            from unnest($2::uuid[]) with ordinality as b (id, n)",
        )
        .bind(tenant)
        .bind(bookings)
        .execute(connection)
        .await?;
        Ok(())
    }

    fn written() -> (&'static str, &'static str) {
        ("booking.appointment", "id")
    }
}

mod of_bookings {
    use super::Bookings;

    shared::conformance!(Bookings);
}

/// A shop with so many of the fixture's openings.
async fn shop(count: u32) -> (TestDb, PgConnection, Uuid) {
    let db = TestDb::new().await;
    let tenant = db.tenant("booking", "shop", "Europe/Berlin").await;
    let mut connection = db.connect().await;
    Openings::seed(&mut connection, tenant, count).await.unwrap();
    (db, connection, tenant)
}

async fn run(db: &TestDb) -> Report {
    db.run(&job(), &invoked(as_of())).await
}

async fn rows(connection: &mut PgConnection, query: &str) -> Vec<Value> {
    let statement = format!("select to_jsonb(t) from ({query}) t");
    sqlx::query_scalar(AssertSqlSafe(statement))
        .fetch_all(connection)
        .await
        .unwrap()
}

#[test]
fn without_the_applications_address_it_does_not_start() {
    let nothing = |_: &str| None;
    let error = ExpireOffers::from_variables(&Variables::new(&nothing))
        .err()
        .unwrap();
    assert_eq!(error.to_string(), "FRONTEND_URL is not set");
}

#[tokio::test]
async fn an_offer_says_what_it_must_and_nothing_of_what_the_shop_thinks_of_the_customer() {
    let (db, mut connection, tenant) = shop(1).await;
    let given = format!(
        "update platform.tenant set name = E'Salon\\n& Söhne' where id = '{tenant}';
         update booking.customer set name = 'Ben <b>\"x\"</b>', email = ' Ben@Example.org ' where id = '{ben}';
         update booking.slot_opening set service_name = 'Cut <colour>', currency = 'CHF';
         insert into booking.customer_score
            (tenant_id, customer_id, score, tier, history, window_days, stats, breakdown, computed_at)
         values ('{tenant}', '{ben}', 17, 'risk', 'enough', 180, '{{\"settled\": 0}}', '{{}}', '2026-11-23Z');
         insert into booking.setting (tenant_id, payment_mode, deposit_amount) values ('{tenant}', 'deposit', 1234.5)",
        ben = subject_id(tenant, 2_001),
    );
    execute(&mut connection, &given).await;
    run(&db).await;
    let offers = rows(
        &mut connection,
        "select * from booking.slot_offer where status = 'sent'",
    )
    .await;
    let mails = rows(&mut connection, "select * from platform.message").await;
    let ([offer], [mail]) = (offers.as_slice(), mails.as_slice()) else {
        panic!("{offers:?} {mails:?}")
    };
    let id = offer["id"].as_str().unwrap();
    let link = format!("https://app.example.org/offers/{id}");
    for (column, expected) in [
        ("job", json!("expire-offers")),
        ("channel", json!("email")),
        ("dedupe_key", json!(format!("offer:{id}"))),
        ("target", json!("Ben@Example.org")),
        (
            "subject",
            json!("Salon & Söhne: a slot opened on Tue 24 Nov at 13:00"),
        ),
        (
            "payload",
            json!({"kind": "slot_offer", "transactional": false, "offerId": id, "openingId": subject_id(tenant, 1)}),
        ),
        (
            "headers",
            json!({
                "List-Unsubscribe": format!("<{link}/unsubscribe>"),
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            }),
        ),
        ("status", json!("pending")),
    ] {
        assert_eq!(mail[column], expected, "{column}");
    }
    assert_eq!(golden::instant(&mail["not_before"]), as_of());
    assert_eq!(mail["expires_at"], offer["expires_at"]);
    let lines = [
        "Ben <b>\"x\"</b>",
        "Salon\n& Söhne",
        "Cut <colour>",
        "Tue 24 Nov 2026, 13:00-14:00 (Europe/Berlin)",
        "Deposit: 1234.50 CHF",
        "Valid until Mon 23 Nov 2026, 11:15 (Europe/Berlin)",
        &link,
        "the slot goes to the next customer",
    ];
    golden::assert_mail_says(mail, &lines);
    for private in ["risk", "17", "score", "tier"] {
        let words = format!("{} {}", mail["body_text"], mail["subject"]).replace(id, "");
        assert!(!words.contains(private), "{private}: {words}");
    }
}

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
async fn a_shop_that_makes_no_offers_holds_its_slots_without_writing_them_again() {
    let (db, mut connection, tenant) = shop(2).await;
    let setting = format!(
        "update booking.slot_opening set next_action_at = '2026-11-23 10:00Z';
         insert into booking.setting (tenant_id, offers_enabled) values ('{tenant}', false)"
    );
    execute(&mut connection, &setting).await;
    assert_eq!(
        counted(&run(&db).await),
        json!({"total": 2, "expired": 2, "held": 2})
    );
    let versions = "select xmin::text, next_action_at from booking.slot_opening order by id";
    let written = rows(&mut connection, versions).await;
    assert_eq!(written[0]["next_action_at"], Value::Null);
    assert_eq!(counted(&run(&db).await), json!({"swept": 2, "held": 2}));
    assert_eq!(rows(&mut connection, versions).await, written);
}

#[tokio::test]
async fn a_lead_that_was_raised_takes_back_an_offer_that_was_still_good() {
    let (db, mut connection, tenant) = shop(1).await;
    let raised = format!(
        "update booking.slot_offer set expires_at = '2026-11-23 10:10Z';
         update booking.slot_opening set starts_at = '2026-11-23 12:00Z';
         insert into booking.setting (tenant_id, offer_min_lead_minutes) values ('{tenant}', 120)"
    );
    execute(&mut connection, &raised).await;
    assert_eq!(
        counted(&run(&db).await),
        json!({"superseded": 1, "openingsExpired": 1})
    );
    let left = "select o.status, o.closed_reason, f.status as offer from booking.slot_opening o, booking.slot_offer f";
    let expected = json!({"status": "expired", "closed_reason": "too_late", "offer": "superseded"});
    assert_eq!(rows(&mut connection, left).await, [expected]);
}

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

#[tokio::test]
async fn what_was_changed_since_it_was_read_is_skipped() {
    let (_db, mut connection, id) = shop(3).await;
    let tenant = shared::testing::tenant("shop", "UTC");
    let scope = Scope {
        settings: job().settings(&mut connection, as_of(), &tenant).await.unwrap(),
        tenant,
        as_of: as_of(),
        run_id: Uuid::nil(),
    };
    let rows_read = job().read(&mut connection, &scope, None, 10).await.unwrap().rows;
    let changes: Vec<Change> = rows_read
        .iter()
        .map(|row| ExpireOffers::decide(&scope, row).unwrap().change.unwrap())
        .collect();
    let meanwhile = format!(
        "update booking.slot_offer set status = 'declined' where id = '{}';
         update booking.slot_opening set status = 'filled', closed_reason = 'filled' where id = '{}'",
        subject_id(id, 1),
        subject_id(id, 2),
    );
    execute(&mut connection, &meanwhile).await;
    let counters = job().write(&mut connection, &scope, &changes).await.unwrap();
    assert_eq!((counters.skipped, counters.triggered), (2, 1));
    let live = "select slot_opening_id from booking.slot_offer where status = 'sent'";
    assert_eq!(
        rows(&mut connection, live).await,
        [json!({"slot_opening_id": subject_id(id, 3)})]
    );
}
