//! The job end to end: the golden cases, its two passes, and what nobody may see. What it does beside the application
//! and beside itself stands in [`concurrency`].

mod candidates;
mod concurrency;
mod golden_cases;
mod release;

use serde_json::Value;
use shared::{
    report::{Report, Status},
    request::Request,
    testing::{TestDb, conformance::Fixture, counted, decided, execute, invoked, subject_id},
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

#[tokio::test]
async fn what_was_changed_since_it_was_read_is_skipped() {
    let (_db, mut connection, id) = shop(3).await;
    let tenant = shared::testing::tenant("shop", "UTC");
    let (scope, changes) = decided(&job(), &mut connection, tenant, as_of()).await;
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
