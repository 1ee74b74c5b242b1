//! The job end to end: the golden cases, how users worked by their own clocks, the days, and late data.

mod days;
mod golden_cases;
mod late_data;
mod rollup;

use serde_json::{Value, json};
use shared::{
    report::Report,
    testing::{TestDb, all, conformance::Fixture, counted, execute, insert, invoked, subject_id},
};

use super::*;

struct Workers;

impl Fixture for Workers {
    type Job = DailyAnalytics;

    fn job() -> DailyAnalytics {
        DailyAnalytics
    }

    fn as_of() -> DateTime<Utc> {
        instant("2026-11-22T01:00:00Z")
    }

    /// Users who were active and worked for 25 minutes on each of the last two days.
    async fn seed(connection: &mut PgConnection, tenant: Uuid, count: u32) -> Result<()> {
        for n in 1..=count {
            let user = subject_id(tenant, n);
            insert_user(connection, tenant, user, "UTC").await;
            for day in ["2026-11-20", "2026-11-21"] {
                let at = |time: &str| instant(&format!("{day}T{time}:00Z"));
                insert_session(connection, tenant, user, at("09:00"), at("09:25"), &json!({})).await;
                insert_activity(connection, tenant, user, day).await;
            }
        }
        Ok(())
    }

    fn written() -> (&'static str, &'static str) {
        ("productivity.user_daily_focus", "user_id")
    }

    /// Eight days that have no row yet.
    const BESIDE: u32 = 8;
}

shared::conformance!(Workers);

#[test]
fn a_limit_is_refused() {
    let refusal = DailyAnalytics.limit().refusal();
    assert_eq!(refusal, "limit is not supported by daily-analytics");
}

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A company in a zone, and its id.
async fn company(zone: &str) -> (TestDb, PgConnection, Uuid) {
    let db = TestDb::new().await;
    let tenant = db.tenant("productivity", "acme", zone).await;
    let connection = db.connect().await;
    (db, connection, tenant)
}

async fn run_at(db: &TestDb, as_of: &str) -> Report {
    db.run(&DailyAnalytics, &invoked(instant(as_of))).await
}

async fn insert_user(connection: &mut PgConnection, tenant: Uuid, user: Uuid, zone: &str) {
    let row = json!({
        "id": user, "tenant_id": tenant, "time_zone": zone, "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z", "unsubscribe_token": user,
    });
    insert(connection, "productivity.app_user", &row).await;
}

/// A completed focus session, but for what is said otherwise.
async fn insert_session(
    connection: &mut PgConnection,
    tenant: Uuid,
    user: Uuid,
    started_at: DateTime<Utc>,
    ended_at: DateTime<Utc>,
    otherwise: &Value,
) {
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

async fn insert_activity(connection: &mut PgConnection, tenant: Uuid, user: Uuid, day: &str) {
    let at = format!("{day}T12:00:00Z");
    let row = json!({"tenant_id": tenant, "user_id": user, "day": day, "first_at": at, "last_at": at});
    insert(connection, "productivity.user_activity_day", &row).await;
}

/// The dates on which a user worked, with how often and how long.
async fn dates(connection: &mut PgConnection, user: Uuid) -> Vec<String> {
    let rows = format!(
        "select concat_ws(' ', day, sessions_completed, focus_seconds) as date
        from productivity.user_daily_focus where user_id = '{user}' order by day"
    );
    let rows = all(connection, &rows).await;
    rows.iter()
        .map(|row| row["date"].as_str().unwrap().to_owned())
        .collect()
}
