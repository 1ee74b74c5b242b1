use chrono::TimeDelta;
use serde_json::{Value, json};
use shared::{
    report::{Report, Status},
    request::Request,
    testing::{TestDb, conformance::Fixture, counted, execute, insert, invoked, subject_id},
};
use sqlx::AssertSqlSafe;

use super::*;
use crate::golden::{self, Case, label};

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

#[tokio::test]
async fn gives_what_the_golden_cases_expect() {
    for case in golden::cases(include_str!("../../../../tests/golden/resolve-outcomes.json")) {
        let db = case.shop().await;
        let mut connection = db.connect().await;
        let appointment = given_appointment(&mut connection, &case).await;
        let before = row(&mut connection, "appointment").await;

        let report = db.run(&JOB, &invoked(case.as_of)).await;

        let Case { name, expect, .. } = &case;
        let is_resolved = expect["resolved"].as_bool().unwrap();
        let after = row(&mut connection, "appointment").await;
        let event = row(&mut connection, "appointment_event").await;
        assert_eq!(report.totals.total, u64::from(is_resolved), "{name}");
        if !is_resolved {
            assert_eq!((after, event), (before, Value::Null), "{name}");
            continue;
        }
        let mut expected = before.clone();
        for column in ["status", "financial_outcome", "resolution_reason", "attendance"] {
            expected[column] = expect[column].clone();
        }
        expected["resolved_at"] = json!(case.as_of);
        golden::assert_same(&after, &expected, name);
        let payment = row(&mut connection, "payment").await;
        let meta = json!({
            "policyVersionId": before["policy_version_id"],
            "paymentId": payment["id"],
            "paymentStatus": payment["status"],
            "financialOutcome": expect["financial_outcome"],
            "resolutionReason": expect["resolution_reason"],
            "backfilled": expect["status"] == "cancelled",
        });
        assert_eq!(event["meta"], meta, "{name}");
        assert_eq!(
            (&event["type"], &event["appointment_id"], &event["run_id"]),
            (
                &json!("outcome_resolved"),
                &json!(appointment),
                &json!(report.run_id)
            ),
            "{name}"
        );
        assert_eq!(golden::instant(&event["occurred_at"]), case.as_of, "{name}");
        assert_eq!(
            json!(report.counters["refundsDue"] == 1),
            expect["refund_due"],
            "{name}"
        );
        assert_eq!(due_at(&case).await, expect["due_at"], "{name}");
    }
}

/// When the case's appointment is due: resolved at that instant and not a second before.
async fn due_at(case: &Case) -> Value {
    let due_at = golden::instant(&case.expect["due_at"]);
    for (as_of, total) in [(due_at - TimeDelta::seconds(1), 0), (due_at, 1)] {
        let db = case.shop().await;
        given_appointment(&mut db.connect().await, case).await;
        let report = db.run(&JOB, &invoked(as_of)).await;
        assert_eq!(report.totals.total, total, "{} at {as_of}", case.name);
    }
    case.expect["due_at"].clone()
}

async fn given_appointment(connection: &mut PgConnection, case: &Case) -> Uuid {
    let (tenant, given) = (golden::shop_id(), &case.given);
    let customer = json!({"id": label("customer"), "tenant_id": tenant, "name": "Ann"});
    insert(connection, "booking.customer", &customer).await;
    let policy = json!({"id": label("policy"), "tenant_id": tenant});
    golden::insert_given(
        connection,
        "booking.policy_version",
        policy,
        &given["policy_version"],
    )
    .await;
    let appointment = json!({
        "id": label("appointment"),
        "tenant_id": tenant,
        "customer_id": label("customer"),
        "policy_version_id": given["policy_version"].as_object().map(|_| label("policy")),
    });
    golden::insert_given(
        connection,
        "booking.appointment",
        appointment,
        &given["appointment"],
    )
    .await;
    let payment = json!({
        "id": label("payment"), "tenant_id": tenant, "appointment_id": label("appointment"), "amount": 0,
    });
    golden::insert_given(connection, "booking.payment", payment, &given["payment"]).await;
    label("appointment")
}

/// The one row of a table, or null.
async fn row(connection: &mut PgConnection, table: &str) -> Value {
    let statement = format!("select to_jsonb(t) from booking.{table} t");
    sqlx::query_scalar(AssertSqlSafe(statement))
        .fetch_optional(connection)
        .await
        .unwrap()
        .unwrap_or_default()
}

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
async fn a_shops_limit_leaves_the_rest_for_the_next_night_and_says_so() {
    let (db, mut connection, _) = shop(5).await;
    let small = db.tenant("booking", "small", "UTC").await;
    Visits::seed(&mut connection, small, 3).await.unwrap();
    let first = run(&db, Some(3)).await;
    assert_eq!(
        (first.totals.total, &first.counters["tenantsWithMore"]),
        (6, &json!(1))
    );
    assert_eq!(first.counters["limit"], 3, "once, not once a shop");
    // Exactly as many as there are is not fewer than there are.
    let second = run(&db, Some(2)).await;
    assert_eq!(
        (second.totals.total, &second.counters["tenantsWithMore"]),
        (2, &json!(0))
    );
}

#[tokio::test]
async fn more_than_the_most_is_the_most_with_a_warning_counted() {
    let (db, _, _) = shop(1).await;
    for (limit, in_force, clamped) in [(1000, 1000, 0), (1001, 1000, 1), (u64::MAX, 1000, 1)] {
        let request = Request {
            limit: Some(limit),
            dry_run: true,
            ..invoked(Visits::as_of())
        };
        let report = db.run(&JOB, &request).await;
        assert_eq!(
            (&report.counters["limit"], &report.counters["limitClamped"]),
            (&json!(in_force), &json!(clamped)),
            "{limit}"
        );
    }
}

#[test]
fn its_variable_is_a_limit_from_1_to_1000() {
    let made = |value: Option<&str>| {
        let variable = |name: &str| {
            value
                .filter(|_| name == "RESOLVE_OUTCOMES_LIMIT")
                .map(str::to_owned)
        };
        ResolveOutcomes::from_variables(&Variables::new(&variable)).map(|job| job.limit)
    };
    assert_eq!(made(None), Ok(200));
    assert_eq!(made(Some("1000")), Ok(1000));
    for refused in ["0", "1001", "-1", "many"] {
        let error = made(Some(refused)).unwrap_err().to_string();
        assert_eq!(
            error,
            "RESOLVE_OUTCOMES_LIMIT must be a whole number from 1 to 1000"
        );
    }
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

#[tokio::test]
async fn an_appointment_that_another_transaction_holds_is_left_for_the_next_run() {
    let (db, mut connection, tenant) = shop(3).await;
    let mut held = db.connect().await;
    let hold = format!(
        "begin; select from booking.appointment where id = '{}' for update",
        subject_id(tenant, 2)
    );
    execute(&mut held, &hold).await;
    assert_eq!(run(&db, None).await.totals.total, 2, "and it does not wait");
    // The application resolves it otherwise: what it wrote stands.
    execute(
        &mut held,
        "update booking.appointment set financial_outcome = 'disputed', resolution_reason = 'dispute_open'
         where financial_outcome = 'unresolved'; commit",
    )
    .await;
    assert_eq!(run(&db, None).await.totals.total, 0);
    let events: i64 = sqlx::query_scalar("select count(*) from booking.appointment_event")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(events, 2);
}

/// What is written when the rows were changed between reading and writing, which the row locks prevent in a run.
#[tokio::test]
async fn what_was_changed_since_it_was_read_is_skipped() {
    let (_db, mut connection, id) = shop(4).await;
    let tenant = shared::testing::tenant("shop", "UTC");
    let scope = Scope {
        settings: Shop::read(&mut connection, &tenant).await.unwrap(),
        tenant,
        as_of: Visits::as_of(),
        run_id: Uuid::nil(),
    };
    let rows = JOB.read(&mut connection, &scope, None, 10).await.unwrap().rows;
    let changes: Vec<Change> = rows
        .iter()
        .map(|row| ResolveOutcomes::decide(&scope, row).unwrap().change.unwrap())
        .collect();
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

/// The second run's own lock lets it begin beside the first, and the application resolves some as well.
#[tokio::test]
async fn whoever_resolves_at_once_an_appointment_is_resolved_once() {
    let (db, mut connection, _) = shop(30).await;
    let disputes = async {
        let mut application = db.connect().await;
        let dispute = "update booking.appointment set financial_outcome = 'disputed', resolution_reason = 'dispute_open'
            where id in (
                select id from booking.appointment where financial_outcome = 'unresolved' order by random() limit 2
            ) and financial_outcome = 'unresolved'";
        for _ in 0..5 {
            execute(&mut application, dispute).await;
        }
    };
    let beside = async |lock_id| {
        let request = Request {
            lock_id,
            ..invoked(Visits::as_of())
        };
        db.runner(4).run(&JOB, &request, None, &mut ()).await.unwrap()
    };
    let (_, _, ()) = tokio::join!(beside(None), beside(Some(99)), disputes);
    run(&db, None).await;
    let left = "select jsonb_build_object(
            'unresolved', count(*) filter (where financial_outcome = 'unresolved'),
            'without_event', count(*) filter (where financial_outcome <> 'disputed' and events = 0),
            'with_two', count(*) filter (where events > 1)
        )
        from booking.appointment a
        cross join lateral (
            select count(*) as events from booking.appointment_event e where e.appointment_id = a.id
        ) e";
    let left: Value = sqlx::query_scalar(left).fetch_one(&mut connection).await.unwrap();
    assert_eq!(left, json!({"unresolved": 0, "without_event": 0, "with_two": 0}));
}
