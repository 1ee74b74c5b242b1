//! What the golden cases of the productivity jobs have in common: a company, its people, and what they did.
//!
//! A case names only what differs from the defaults: the company `t1` in UTC, and one user, `u1`.

use serde_json::{Map, Value, json};
pub use shared::testing::golden::*;
use shared::testing::{TestDb, insert, tenant_id};
use sqlx::PgConnection;
use uuid::Uuid;

/// The address that links begin with in every case.
pub const FRONTEND_URL: &str = "https://app.example";

/// The company of every case.
pub fn company_id() -> Uuid {
    tenant_id("t1")
}

/// A key with the ids that its labels stand for: `goal:g1:2024-06-30:tomorrow`.
pub fn key(labels: &str) -> String {
    let is_label = |part: &str| {
        part.strip_prefix(['u', 'g', 's'])
            .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
    };
    let part = |part: &str| match is_label(part) {
        true => label(part).to_string(),
        false => part.to_owned(),
    };
    labels.split(':').map(part).collect::<Vec<_>>().join(":")
}

/// What is expected, with ids in place of labels: strings that are a label or a key of one.
pub fn with_ids(expected: &Value) -> Value {
    match expected {
        Value::String(text) if !text.contains(' ') => json!(key(text)),
        Value::Array(values) => values.iter().map(with_ids).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), with_ids(value)))
            .collect::<Map<_, _>>()
            .into(),
        other => other.clone(),
    }
}

/// A database with all that a case gives.
pub async fn company(case: &Case) -> TestDb {
    let given = &case.given;
    let db = TestDb::new().await;
    let zone = given["tenantZone"].as_str().unwrap_or("UTC");
    db.tenant("productivity", "t1", zone).await;
    let connection = &mut db.connect().await;
    let tenant = json!({"tenant_id": company_id()});
    insert_given(connection, "productivity.setting", tenant, &given["setting"]).await;

    let one = json!({"u1": given.get("user").cloned().unwrap_or_else(|| json!({}))});
    let users = given.get("users").unwrap_or(&one);
    for (name, user) in users.as_object().unwrap() {
        insert_user(connection, name, user).await;
    }
    let pref = json!({"tenant_id": company_id(), "user_id": label("u1")});
    insert_given(connection, "productivity.notification_pref", pref, &given["pref"]).await;
    for (index, goal) in list(&given["goals"]).iter().enumerate() {
        insert_goal(connection, &format!("g{}", index + 1), goal).await;
    }
    for (index, session) in list(&given["sessions"]).iter().enumerate() {
        insert_session(connection, &format!("s{}", index + 1), session).await;
    }
    insert_memory(connection, given, &json!(case.as_of)).await;
    insert_activity(connection, given).await;
    db
}

async fn insert_user(connection: &mut PgConnection, name: &str, given: &Value) {
    let user = json!({
        "id": label(name), "tenant_id": company_id(), "email": "ann@example.org",
        "email_verified_at": "2020-01-01T00:00:00Z", "first_name": "Ann", "time_zone": "UTC", "unsubscribe_token": label(name),
        "created_at": "2024-01-01T00:00:00Z", "updated_at": "2024-01-01T00:00:00Z",
    });
    let row = user.with(given);
    insert(connection, "productivity.app_user", &row).await;
}

async fn insert_goal(connection: &mut PgConnection, name: &str, given: &Value) {
    let goal = json!({
        "id": label(name), "tenant_id": company_id(), "user_id": label("u1"), "title": "Thesis", "status": "in_progress", "progress": 10, "created_at": "2024-01-02T00:00:00Z", "updated_at": "2024-01-02T00:00:00Z",
    });
    insert(connection, "productivity.goal", &goal.with(&with_ids(given))).await;
}

async fn insert_session(connection: &mut PgConnection, name: &str, given: &Value) {
    let session = json!({
        "id": label(name), "tenant_id": company_id(), "user_id": label("u1"), "type": "focus",
        "planned_seconds": 1500, "status": "completed", "created_at": given["started_at"],
        "updated_at": given.get("ended_at").unwrap_or(&given["started_at"]),
    });
    insert(
        connection,
        "productivity.timer_session",
        &session.with(&with_ids(given)),
    )
    .await;
}

/// What reminder jobs remember.
async fn insert_memory(connection: &mut PgConnection, given: &Value, as_of: &Value) {
    let user = json!({"tenant_id": company_id(), "user_id": label("u1")});
    for mark in list(&given["marks"]) {
        let row = user.with(&json!({"local_date": mark["due_on"], "created_at": as_of}));
        insert(
            connection,
            "productivity.goal_reminder_mark",
            &row.with(&with_ids(mark)),
        )
        .await;
    }
    for episode in list(&given["episodes"]) {
        insert(
            connection,
            "productivity.reengagement_episode",
            &user.with(episode),
        )
        .await;
    }
    for (index, contact) in list(&given["contactLog"]).iter().enumerate() {
        let row = user.with(&json!({"dedupe_key": format!("given:{index}"), "created_at": as_of}));
        insert(
            connection,
            "productivity.contact_log",
            &row.with(&with_ids(contact)),
        )
        .await;
    }
    for address in list(&given["suppressed"]) {
        let address = address.as_str().unwrap().to_lowercase();
        let row = json!({
            "tenant_id": company_id(), "address": address, "reason": "manual",
            "created_at": as_of,
        });
        insert(connection, "platform.suppression", &row).await;
    }
    for sent in list(&given["sentKeys"]) {
        let row = json!({
            "tenant_id": company_id(), "dedupe_key": key(sent.as_str().unwrap()),
            "created_at": as_of,
        });
        let message = json!({
            "job": "given", "channel": "email", "target": "ann@example.org", "status": "sent"
        });
        insert(connection, "platform.message", &row.with(&message)).await;
        let notification = json!({
            "recipient_id": label("u1"), "kind": "given", "title": "", "body": "", "channel": "in_app",
        });
        insert(connection, "platform.notification", &row.with(&notification)).await;
    }
}

/// What was counted before.
async fn insert_activity(connection: &mut PgConnection, given: &Value) {
    let company = json!({"tenant_id": company_id()});
    for day in list(&given["focusDays"]) {
        let row = json!({
            "user_id": label("u1"), "day": day, "sessions_completed": 1, "sessions_cancelled": 0,
            "sessions_expired": 0, "sessions_counted": 1, "focus_seconds": 1500, "break_sessions": 0,
            "break_seconds": 0, "by_type": {"focus": 1500}, "computed_at": "2024-01-01T00:00:00Z",
        });
        insert(connection, "productivity.user_daily_focus", &company.with(&row)).await;
    }
    for (user, days) in given["activityDays"].as_object().into_iter().flatten() {
        for day in list(days) {
            let at = format!("{}T12:00:00Z", day.as_str().unwrap());
            let row = json!({
                "user_id": label(user), "day": day, "logins": 1, "sessions": 0, "goal_events": 0, "first_at": at,
                "last_at": at,
            });
            insert(connection, "productivity.user_activity_day", &company.with(&row)).await;
        }
    }
    for (day, dau) in given["dailyDau"].as_object().into_iter().flatten() {
        let row = json!({
            "day": day, "dau": dau, "wau": dau, "mau": dau, "new_users": 0, "sessions_started": 0,
            "sessions_completed": 0, "sessions_cancelled": 0, "sessions_expired": 0, "sessions_counted": 0,
            "focus_users": 0, "outliers_capped": 0, "goals_created": 0, "goals_completed": 0,
            "goals_overdue_open": 0, "mails_failed": 0, "focus_seconds": 0, "is_final": true,
            "computed_at": "2024-01-01T00:00:00Z",
        });
        insert(connection, "productivity.daily_metric", &company.with(&row)).await;
    }
}

/// The rows of a table are those expected, in this order, as far as they say: what is not named does not matter. A
/// decimal may be expected as text.
pub async fn assert_rows(connection: &mut PgConnection, query: &str, expected: &Value, name: &str) {
    let rows = shared::testing::all(connection, query).await;
    let expected = with_ids(expected);
    let expected = match expected {
        Value::Array(rows) => rows,
        row => vec![row],
    };
    let told: Vec<Value> = rows
        .iter()
        .enumerate()
        .map(|(index, row)| as_told(row, expected.get(index)))
        .collect();
    assert_eq!(told.len(), expected.len(), "{name}: {rows:?}");
    for (told, expected) in told.iter().zip(&expected) {
        assert_same(told, expected, name);
    }
}

/// The part of a row that is expected of it, decimals spelled where they are expected so.
fn as_told(row: &Value, expected: Option<&Value>) -> Value {
    let Some(fields) = expected.and_then(Value::as_object) else {
        return row.clone();
    };
    let cell = |(name, expected): (&String, &Value)| {
        let cell = match &row[name.as_str()] {
            Value::Number(number) if expected.is_string() => json!(spelled(&number.to_string())),
            cell => cell.clone(),
        };
        (name.clone(), cell)
    };
    Value::Object(fields.iter().map(cell).collect())
}

/// A decimal without zeros at its end.
fn spelled(number: &str) -> String {
    match number.contains('.') {
        true => number.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => number.to_owned(),
    }
}

/// A row over which another is laid.
trait With {
    fn with(&self, other: &Value) -> Value;
}

impl With for Value {
    fn with(&self, other: &Value) -> Value {
        let mut fields = self.as_object().unwrap().clone();
        fields.extend(other.as_object().unwrap().clone());
        Value::Object(fields)
    }
}
