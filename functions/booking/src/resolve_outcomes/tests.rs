//! The job end to end: what it counts, whom it tells, and what it does beside others.

mod concurrency;
mod golden_cases;
mod limit;

use serde_json::{Value, json};
use shared::{
    report::{Report, Status},
    request::Request,
    testing::{TestDb, conformance::Fixture, counted, decided, execute, invoked, subject_id},
};

use super::*;
use crate::golden;

/// The job with the default limit.
const JOB: ResolveOutcomes = ResolveOutcomes { limit: LIMIT };

struct Visits;

impl Fixture for Visits {
    type Job = ResolveOutcomes;

    fn job() -> ResolveOutcomes {
        JOB
    }

    fn as_of() -> DateTime<Utc> {
        "2026-11-22T00:00:00Z".parse().unwrap()
    }

    /// Visits of one customer that ended yesterday at the same time, each in a room of its own: paid, unpaid,
    /// or cancelled by the shop and to be refunded, in turn.
    async fn seed(connection: &mut PgConnection, tenant: Uuid, count: u32) -> Result<()> {
        let visits: Vec<Uuid> = (1..=count).map(|n| subject_id(tenant, n)).collect();
        sqlx::query(
            "with shop as (
                insert into booking.setting (id, tenant_id, owner_email) values ($1, $1, 'owner@example.org')
            ),
            customer as (
                insert into booking.customer (id, tenant_id, name) values ($1, $1, 'Ann')
            ),
            visit as (
                insert into booking.appointment (
                    id, tenant_id, customer_id, resource, starts_at, ends_at, status, payment_required,
                    cancelled_at, cancellation_source
                )
                select
                    id, $1, $1, n::text, '2026-11-21 09:00Z', '2026-11-21 10:00Z',
                    case when n % 3 = 0 then 'cancelled' else 'booked' end, true,
                    case when n % 3 = 0 then timestamptz '2026-11-21 10:00Z' end, case when n % 3 = 0 then 'admin' end
                from unnest($2::uuid[]) with ordinality as v (id, n)
            )
            insert into booking.payment (id, tenant_id, appointment_id, amount, status)
            select id, $1, id, 50, 'succeeded'
            from unnest($2::uuid[]) with ordinality as v (id, n)
            where n % 3 <> 1",
        )
        .bind(tenant)
        .bind(visits)
        .execute(connection)
        .await?;
        Ok(())
    }

    fn written() -> (&'static str, &'static str) {
        ("booking.appointment", "id")
    }
}

shared::conformance!(Visits);

/// A shop with so many of the fixture's appointments.
async fn shop(count: u32) -> (TestDb, PgConnection, Uuid) {
    let db = TestDb::new().await;
    let tenant = db.tenant("booking", "shop", "Europe/Berlin").await;
    let mut connection = db.connect().await;
    Visits::seed(&mut connection, tenant, count).await.unwrap();
    (db, connection, tenant)
}

async fn run(db: &TestDb, limit: Option<u64>) -> Report {
    let request = Request {
        limit,
        ..invoked(Visits::as_of())
    };
    db.run(&JOB, &request).await
}

#[tokio::test]
async fn every_counter_counts_what_it_is_named_for() {
    let (db, mut connection, tenant) = shop(9).await;
    let two = format!("'{}', '{}'", subject_id(tenant, 1), subject_id(tenant, 4));
    // 1, 4 and 7 are unpaid, 3, 6 and 9 cancelled by the shop, which owes the money of all but a free one.
    for statement in [
        format!("update booking.appointment set attendance = 'no_show' where id in ({two})"),
        format!(
            "update booking.payment set refunded_amount = 50 where appointment_id = '{}'",
            subject_id(tenant, 2)
        ),
        format!(
            "update booking.payment set amount = 0 where appointment_id = '{}'",
            subject_id(tenant, 3)
        ),
        "update platform.tenant set time_zone = 'Mars/Olympus'".into(),
    ] {
        execute(&mut connection, &statement).await;
    }
    let report = run(&db, None).await;
    let expected = json!({
        "limit": 200, "total": 6, "resolved": 6, "backfilled": 3, "noShowsDetected": 2,
        "settled": 5, "voided": 3, "refunded": 1, "refundsDue": 2, "timezoneFallbacks": 2,
    });
    assert_eq!(counted(&report), expected);
    assert_eq!((report.status, report.totals.total), (Status::Succeeded, 9));
}

#[tokio::test]
async fn visits_and_cancellations_are_taken_together_in_the_order_they_became_due() {
    let (db, mut connection, tenant) = shop(6).await;
    // 3 and 6 are cancelled; 6 first of all, 3 last of all, 4 before the others.
    for (n, hours) in [(6, 3), (4, 2), (3, -1)] {
        let statement = format!(
            "update booking.appointment set starts_at = starts_at - interval '{hours} hours',
                ends_at = ends_at - interval '{hours} hours', cancelled_at = cancelled_at - interval '{hours} hours'
             where id = '{}'",
            subject_id(tenant, n)
        );
        execute(&mut connection, &statement).await;
    }
    let mut order = Vec::new();
    for _ in 0..6 {
        let request = Request {
            limit: Some(1),
            ..invoked(Visits::as_of())
        };
        let dry = Request {
            dry_run: true,
            ..request.clone()
        };
        order.push(db.run(&JOB, &dry).await.changes[0].subject.clone());
        db.run(&JOB, &request).await;
    }
    let expected = [6, 4, 1, 2, 5, 3].map(|n| format!("appointment:{}", subject_id(tenant, n)));
    assert_eq!(order, expected);
}

#[tokio::test]
async fn the_owner_is_told_of_each_refund_once_in_the_shops_own_time() {
    let (db, mut connection, tenant) = shop(3).await;
    let strange = "update booking.appointment set service_name = E'Cut\r\n& <b>colour</b>';
        update booking.customer set name = 'Ann <script>\"x\"</script>';
        update booking.setting set owner_email = '  owner@example.org '";
    execute(&mut connection, strange).await;
    run(&db, None).await;
    // Should it ever be unresolved again, the e-mail is there already.
    let again = "delete from booking.appointment_event;
        update booking.appointment set financial_outcome = 'unresolved', resolved_at = null, resolution_reason = null";
    execute(&mut connection, again).await;
    run(&db, None).await;
    let mails: Vec<Value> = sqlx::query_scalar("select to_jsonb(m) from platform.message m")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    let [mail] = mails.as_slice() else {
        panic!("{mails:?}")
    };
    let id = subject_id(tenant, 3);
    for (column, expected) in [
        ("job", json!("resolve-outcomes")),
        ("channel", json!("email")),
        ("dedupe_key", json!(format!("refund-due:{id}"))),
        ("target", json!("owner@example.org")),
        (
            "subject",
            json!("Refund due: 50.00 EUR, Cut & <b>colour</b> on 21 Nov 2026"),
        ),
        (
            "payload",
            json!({"kind": "refund_due", "transactional": true, "appointmentId": id, "paymentId": id}),
        ),
        ("headers", json!({})),
        ("not_before", json!(null)),
        ("expires_at", json!(null)),
    ] {
        assert_eq!(mail[column], expected, "{column}");
    }
    let lines = [
        "Ann <script>\"x\"</script>",
        "Cut\r\n& <b>colour</b>",
        "Sat 21 Nov 2026, 10:00 (Europe/Berlin)",
        "50.00 EUR",
        "cancelled_by_shop_not_refunded",
        "Nothing has been refunded",
    ];
    golden::assert_mail_says(mail, &lines);
}

#[tokio::test]
async fn without_an_owners_address_a_refund_is_counted_and_nobody_is_told() {
    let (db, mut connection, _) = shop(3).await;
    execute(&mut connection, "update booking.setting set owner_email = '   '").await;
    let report = run(&db, None).await;
    assert_eq!(report.counters["refundsDue"], 1);
    let mails: i64 = sqlx::query_scalar("select count(*) from platform.message")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(mails, 0);
}

/// What is written when the rows were changed between reading and writing, which the row locks prevent in a run.
#[tokio::test]
async fn what_was_changed_since_it_was_read_is_skipped() {
    let (_db, mut connection, id) = shop(4).await;
    let tenant = shared::testing::tenant("shop", "UTC");
    let (scope, changes) = decided(&JOB, &mut connection, tenant, Visits::as_of()).await;
    let meanwhile = format!(
        "update booking.appointment set status = 'cancelled', cancelled_at = now(), cancellation_source = 'customer'
         where id = '{}';
         update booking.appointment set financial_outcome = 'settled' where id = '{}'",
        subject_id(id, 1),
        subject_id(id, 2),
    );
    execute(&mut connection, &meanwhile).await;
    let counters = JOB.write(&mut connection, &scope, &changes).await.unwrap();
    assert_eq!(
        (counters.skipped, counters.resolved, counters.backfilled),
        (2, 1, 1)
    );
    let counters = JOB.write(&mut connection, &scope, &changes).await.unwrap();
    assert_eq!(counters.skipped, 4, "a second time nothing is left");
    let events: i64 = sqlx::query_scalar("select count(*) from booking.appointment_event")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(events, 2);
}
