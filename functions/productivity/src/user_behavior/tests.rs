//! The job end to end: the golden cases, what people did by their own clocks, breaks, and what is odd.

mod breaks;
mod golden_cases;
mod windows;

use serde_json::{Value, json};
use shared::{
    report::Report,
    testing::{TestDb, all, conformance::Fixture, counted, execute, insert, invoked, one, subject_id},
};

use super::*;

struct Workers;

impl Fixture for Workers {
    type Job = UserBehavior;

    fn job() -> UserBehavior {
        UserBehavior
    }

    fn as_of() -> DateTime<Utc> {
        instant("2026-11-22T12:30:00Z")
    }

    /// Users who worked for 25 minutes every half an hour of the last morning, as often as their number says.
    async fn seed(connection: &mut PgConnection, tenant: Uuid, count: u32) -> Result<()> {
        for n in 1..=count {
            let user = subject_id(tenant, n);
            insert_user(connection, tenant, user, "UTC").await;
            for k in 0..n {
                let start = instant("2026-11-22T07:00:00Z") + TimeDelta::minutes(30) * k.cast_signed();
                insert_session(connection, tenant, user, start, 1500, &json!({})).await;
            }
        }
        Ok(())
    }

    fn written() -> (&'static str, &'static str) {
        ("productivity.user_behavior_profile", "user_id")
    }

    /// The window.
    const BESIDE: u32 = 1;
}

shared::conformance!(Workers);

#[test]
fn a_limit_is_refused() {
    let refusal = UserBehavior.limit().refusal();
    assert_eq!(refusal, "limit is not supported by user-behavior");
}

#[test]
fn windows_end_at_0_6_12_and_18_o_clock() {
    for (as_of, end) in [
        ("2026-11-22T00:00:00Z", "2026-11-22T00:00:00Z"),
        ("2026-11-22T05:59:59.999Z", "2026-11-22T00:00:00Z"),
        ("2026-11-22T06:00:00Z", "2026-11-22T06:00:00Z"),
        ("2026-11-22T17:00:00+01:00", "2026-11-22T12:00:00Z"),
        ("1969-12-31T23:59:59Z", "1969-12-31T18:00:00Z"),
        ("9999-12-31T23:59:59Z", "9999-12-31T18:00:00Z"),
    ] {
        assert_eq!(window_end(instant(as_of)), instant(end), "{as_of}");
    }
}

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A company with so many users in UTC.
async fn company(users: u32) -> (TestDb, PgConnection, Uuid) {
    let db = TestDb::new().await;
    let tenant = db.tenant("productivity", "acme", "UTC").await;
    let mut connection = db.connect().await;
    for n in 1..=users {
        insert_user(&mut connection, tenant, subject_id(tenant, n), "UTC").await;
    }
    (db, connection, tenant)
}

async fn run_at(db: &TestDb, as_of: &str) -> Report {
    db.run(&UserBehavior, &invoked(instant(as_of))).await
}

async fn insert_user(connection: &mut PgConnection, tenant: Uuid, user: Uuid, zone: &str) {
    let row = json!({
        "id": user, "tenant_id": tenant, "time_zone": zone, "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z", "unsubscribe_token": user,
    });
    insert(connection, "productivity.app_user", &row).await;
}

/// A completed focus session of so many seconds, but for what is said otherwise.
async fn insert_session(
    connection: &mut PgConnection,
    tenant: Uuid,
    user: Uuid,
    started_at: DateTime<Utc>,
    seconds: i64,
    otherwise: &Value,
) {
    let ended_at = started_at + TimeDelta::seconds(seconds);
    let mut row = json!({
        "tenant_id": tenant, "user_id": user, "started_at": started_at, "ended_at": ended_at,
        "status": "completed", "updated_at": ended_at, "created_at": started_at,
        // The same in every database: nobody starts two at a time.
        "id": Uuid::from_u128(user.as_u128() ^ started_at.timestamp().cast_unsigned() as u128),
    });
    let fields = row.as_object_mut().unwrap();
    fields.extend(otherwise.as_object().unwrap().clone());
    insert(connection, "productivity.timer_session", &row).await;
}
