//! What the golden cases of the training jobs have in common: one user, his workouts, and the rows that come of them.

use chrono::NaiveDate;
use serde_json::{Map, Value, json};
pub use shared::testing::golden::*;
use shared::{
    calendar,
    testing::{TestDb, insert, subject_id, tenant_id},
};
use sqlx::{AssertSqlSafe, PgConnection};
use uuid::Uuid;

/// The app of every case.
pub fn app_id() -> Uuid {
    tenant_id("fit")
}

/// The user of every case.
pub fn user_id() -> Uuid {
    subject_id(app_id(), 1)
}

/// A database with the case's app, user and workouts.
pub async fn app(case: &Case) -> TestDb {
    let given = &case.given;
    let db = TestDb::new().await;
    let tenants_zone = given["tenant_time_zone"].as_str().unwrap_or("UTC");
    db.tenant("training", "fit", tenants_zone).await;
    let mut connection = db.connect().await;
    let ids = json!({"tenant_id": app_id()});
    insert_given(&mut connection, "training.setting", ids, &given["setting"]).await;

    let or = |name: &str, default: Value| given.get(name).cloned().unwrap_or(default);
    let time_zone = or("time_zone", json!("UTC"));
    let user = json!({
        "id": user_id(), "tenant_id": app_id(), "time_zone": time_zone,
        "entitlement": or("entitlement", json!("pro")),
        "email_verified": or("email_verified", json!(false)),
        "pro_trial_ends_at": given["pro_trial_ends_at"],
        "registered_at": or("registered_at", json!("2025-01-01T00:00:00Z")),
    });
    insert(&mut connection, "training.app_user", &user).await;
    let profile = json!({
        "tenant_id": app_id(), "user_id": user_id(), "primary_goal": given["primary_goal"],
        "target_days_per_week": or("target_days", json!(3)),
        "target_session_minutes": or("target_minutes", json!(45)),
    });
    insert(&mut connection, "training.coach_profile", &profile).await;
    let zone = calendar::zone(time_zone.as_str().unwrap_or_default())
        .or_else(|_| calendar::zone(tenants_zone))
        .unwrap_or_default();
    let mut exercises = Vec::new();
    for workout in list(&given["workouts"]) {
        let time = workout["time"].as_str().unwrap_or("18:00");
        let at = |date: &Value| {
            let date: NaiveDate = date.as_str().unwrap().parse().unwrap();
            let local = date.and_time(format!("{time}:00").parse().unwrap());
            json!(calendar::instants(local, zone).0)
        };
        let mut starts: Vec<Value> = list(&workout["dates"]).iter().map(at).collect();
        starts.extend(workout.get("start_time").cloned());
        for start in starts {
            insert_workout(&mut connection, workout, &start, &mut exercises).await;
        }
    }
    db
}

async fn insert_workout(
    connection: &mut PgConnection,
    workout: &Value,
    start: &Value,
    exercises: &mut Vec<Uuid>,
) {
    let id = Uuid::new_v4();
    let or = |name: &str, default: Value| workout.get(name).cloned().unwrap_or(default);
    let row = json!({
        "id": id, "tenant_id": app_id(), "user_id": user_id(), "start_time": start,
        "lifecycle_status": or("lifecycle_status", json!("finalized")),
        "completion_status": or("completion_status", json!("completed")),
        "duration_minutes": or("minutes", json!(45)),
    });
    insert(connection, "training.workout", &row).await;
    for set in list(&workout["sets"]) {
        let exercise = label(set["exercise"].as_str().unwrap());
        if !exercises.contains(&exercise) {
            let row = json!({"id": exercise, "tenant_id": app_id(), "name": set["exercise"]});
            insert(connection, "training.exercise", &row).await;
            exercises.push(exercise);
        }
        let row = json!({
            "tenant_id": app_id(), "user_id": user_id(), "workout_id": id, "exercise_id": exercise,
            "set_type": set.get("type").cloned().unwrap_or_else(|| json!("working")),
            "reps": set["reps"], "weight_kg": set["kg"], "duration_seconds": set["seconds"],
        });
        // An id of each row's own.
        for _ in 0..set["times"].as_u64().unwrap_or(1) {
            let mut row = row.clone();
            row["id"] = json!(Uuid::new_v4());
            row["created_at"] = json!("2025-01-01T00:00:00Z");
            insert(connection, "training.workout_set", &row).await;
        }
    }
}

/// The one row of a query has these values; decimals are compared as they are written.
pub async fn assert_row(connection: &mut PgConnection, query: &str, expected: &Value, name: &str) {
    let expected = expected.as_object().unwrap();
    let (columns, spelled): (Vec<&str>, Vec<bool>) = expected
        .iter()
        .map(|(column, value)| (column.as_str(), value.is_string()))
        .unzip();
    let row = format!(
        "select jsonb_object_agg(
            c.name,
            case when c.is_spelled and jsonb_typeof(r.value) = 'number' then to_jsonb(r.value #>> '{{}}') else r.value end
        )
        from ({query}) q
        cross join lateral jsonb_each(to_jsonb(q)) as r
        join unnest($1::text[], $2::boolean[]) as c (name, is_spelled) on c.name = r.key"
    );
    let row: Option<Value> = sqlx::query_scalar(AssertSqlSafe(row))
        .bind(columns)
        .bind(spelled)
        .fetch_one(connection)
        .await
        .unwrap();
    let row = row.unwrap_or_else(|| panic!("{name}: there is no row"));
    assert_same(&sorted(row.as_object().unwrap()), &sorted(expected), name);
}

/// The fields in the order of their names.
fn sorted(fields: &Map<String, Value>) -> Value {
    let mut fields: Vec<_> = fields.clone().into_iter().collect();
    fields.sort_by(|one, other| one.0.cmp(&other.0));
    Value::Object(fields.into_iter().collect())
}
