//! What is counted in a week, with what just misses being counted.

use super::*;

/// The week of the run is 15 to 21 November 2026.
pub(super) async fn week(connection: &mut PgConnection) -> serde_json::Value {
    let row =
        "select to_jsonb(m) - '{tenant_id,computed_at}'::text[] as week from productivity.weekly_metric m";
    one(connection, row).await["week"].clone()
}

/// A company with analysed users 1 to 3 and four who are not counted: of the staff, an admin, deleted, and another
/// company's.
pub(super) async fn people() -> (TestDb, PgConnection, Uuid) {
    let db = TestDb::new().await;
    let tenant = db.tenant("productivity", "acme", "UTC").await;
    let other = db.tenant("productivity", "zz-other", "UTC").await;
    let mut connection = db.connect().await;
    for n in 1..=6 {
        let user = json!({
            "id": subject_id(tenant, n), "tenant_id": tenant, "created_at": "2026-01-01T00:00:00Z",
            "status": if n == 6 { "deleted" } else { "suspended" }, "is_internal": n == 4,
            "role": if n == 5 { "admin" } else { "user" },
        });
        insert(&mut connection, "productivity.app_user", &user).await;
    }
    let user = json!({"id": subject_id(tenant, 7), "tenant_id": other, "created_at": "2026-01-01T00:00:00Z"});
    insert(&mut connection, "productivity.app_user", &user).await;
    (db, connection, tenant)
}

pub(super) async fn run_here(db: &TestDb) -> Report {
    let request = Request {
        tenant: Some("acme".into()),
        ..invoked(Newcomers::as_of())
    };
    db.run(&WeeklyAggregation, &request).await
}

#[tokio::test]
async fn sessions_count_in_the_week_in_which_they_end() {
    let (db, mut connection, tenant) = people().await;
    let sessions = [
        // User, type, begin, end, length, status.
        (
            1,
            "focus",
            "11-14 23:00:00Z",
            "11-15 00:00:00Z",
            Some(1000),
            "completed",
        ),
        (
            1,
            "focus",
            "11-21 23:00:00Z",
            "11-21 23:59:59.999999Z",
            None,
            "completed",
        ),
        (
            2,
            "pomodoro",
            "11-16 08:00:00Z",
            "11-16 08:05:00Z",
            None,
            "cancelled",
        ),
        (
            2,
            "pomodoro",
            "11-16 09:00:00Z",
            "11-16 09:04:59.9Z",
            None,
            "cancelled",
        ),
        (3, "custom", "11-17 08:00:00Z", "11-18 08:00:00Z", None, "expired"),
        (
            3,
            "custom",
            "11-17 09:00:00Z",
            "11-18 09:00:00Z",
            Some(0),
            "completed",
        ),
        // Just before and just after the week, a break, and those who are not counted.
        (
            1,
            "focus",
            "11-14 23:00:00Z",
            "11-14 23:59:59.999999Z",
            None,
            "completed",
        ),
        (
            1,
            "focus",
            "11-21 23:30:00Z",
            "11-22 00:00:00Z",
            None,
            "completed",
        ),
        (
            1,
            "break",
            "11-16 08:00:00Z",
            "11-16 09:00:00Z",
            None,
            "completed",
        ),
        (
            4,
            "focus",
            "11-16 08:00:00Z",
            "11-16 09:00:00Z",
            None,
            "completed",
        ),
        (
            5,
            "focus",
            "11-16 08:00:00Z",
            "11-16 09:00:00Z",
            None,
            "completed",
        ),
        (
            6,
            "focus",
            "11-16 08:00:00Z",
            "11-16 09:00:00Z",
            None,
            "completed",
        ),
    ];
    for (user, kind, begin, end, seconds, status) in sessions {
        let row = json!({
            "tenant_id": tenant, "id": Uuid::new_v4(), "user_id": subject_id(tenant, user), "type": kind,
            "started_at": format!("2026-{begin}"), "ended_at": format!("2026-{end}"), "actual_seconds": seconds,
            "status": status, "planned_seconds": 1500, "paused_seconds": 0, "pause_count": 0,
            "notifications_enabled": true, "created_at": "2026-11-01Z", "updated_at": "2026-11-01Z",
        });
        insert(&mut connection, "productivity.timer_session", &row).await;
    }
    // Six began in the week: two on Saturday at 23, and one at 8 and at 9 of Monday and of Tuesday.
    assert_eq!(counted(&run_here(&db).await)["heatmapCells"], 5);
    let began = "select sum(sessions) as sessions from productivity.usage_heatmap";
    assert_eq!(one(&mut connection, began).await["sessions"], 6);
    let week = week(&mut connection).await;
    // Lengths that count: 0, 300, 1000, 3599 and 28800, which is 24 hours capped.
    for (column, expected) in [
        ("sessions_completed", json!(3)),
        ("sessions_cancelled", json!(2)),
        ("sessions_expired", json!(1)),
        ("focus_users", json!(2)),
        ("focus_seconds", json!(33_699)),
        ("p50_session_seconds", json!(1000)),
        ("completion_rate", json!(0.5)),
        (
            "by_type",
            json!({
                "custom": {"sessions": 2, "completed": 1, "focusSeconds": 28_800},
                "focus": {"sessions": 2, "completed": 2, "focusSeconds": 4599},
                "pomodoro": {"sessions": 2, "completed": 0, "focusSeconds": 300},
            }),
        ),
        ("wau", json!(0)),
        ("peak_dow", json!(1)),
        ("peak_hour", json!(8)),
    ] {
        let told = &week[column];
        let told = if expected.is_f64() {
            json!(told.as_f64())
        } else {
            told.clone()
        };
        assert_eq!(told, expected, "{column}");
    }
}

#[tokio::test]
async fn goals_count_when_they_are_made_reached_and_overdue_at_the_end_of_the_week() {
    let (db, mut connection, tenant) = people().await;
    let goals = json!([
        // Made, and reached; made, on the last microsecond, and due on the last day; reached by the same.
        {"created_at": "2026-11-15T00:00:00Z", "completed_at": "2026-11-15T00:00:00Z", "status": "completed"},
        {"created_at": "2026-11-21T23:59:59.999999Z", "due_on": "2026-11-21", "status": "paused"},
        {"completed_at": "2026-11-21T23:59:59.999999Z", "status": "completed", "due_on": "2026-11-01"},
        // Overdue: what became of it became of it after the week.
        {"due_on": "2026-11-20", "completed_at": "2026-11-22T00:00:00Z", "status": "completed"},
        {"due_on": "2026-11-20", "cancelled_at": "2026-11-22T00:00:00Z", "status": "cancelled"},
        {"due_on": "2026-11-20", "archived_at": "2026-11-22T00:00:00Z"},
        {"due_on": "2026-11-20", "deleted_at": "2026-11-22T00:00:00Z"},
        // Not overdue: due later, or closed in time.
        {"due_on": "2026-11-22"},
        {"due_on": null},
        {"due_on": "2026-11-20", "cancelled_at": "2026-11-21T23:59:59Z", "status": "cancelled"},
        {"due_on": "2026-11-20", "archived_at": "2026-11-21T23:59:59Z"},
        {"due_on": "2026-11-20", "deleted_at": "2026-11-21T23:59:59Z"},
        {"due_on": "2026-11-20", "created_at": "2026-11-22T00:00:00Z"},
        // Not made in the week, not reached in it, and neither where it was deleted since.
        {"created_at": "2026-11-14T23:59:59.999999Z"},
        {"completed_at": "2026-11-14T23:59:59.999999Z", "status": "completed"},
        {"completed_at": "2026-11-16T00:00:00Z", "status": "in_progress"},
        {"created_at": "2026-11-16T00:00:00Z", "deleted_at": "2026-11-17T00:00:00Z"},
        {"completed_at": "2026-11-16T00:00:00Z", "status": "completed", "deleted_at": "2026-11-17T00:00:00Z"},
        // Those who are not counted.
        {"user_id": subject_id(tenant, 4), "created_at": "2026-11-16T00:00:00Z", "due_on": "2026-11-16"},
        {"user_id": subject_id(tenant, 4), "completed_at": "2026-11-16T00:00:00Z", "status": "completed"},
    ]);
    for goal in goals.as_array().unwrap() {
        let mut row = json!({
            "id": Uuid::new_v4(), "tenant_id": tenant, "user_id": subject_id(tenant, 1), "title": "Thesis",
            "category": "other", "priority": "medium", "status": "in_progress", "progress": 0, "is_recurring": false,
            "created_at": "2026-10-01T00:00:00Z", "updated_at": "2026-10-01T00:00:00Z",
        });
        row.as_object_mut()
            .unwrap()
            .extend(goal.as_object().unwrap().clone());
        insert(&mut connection, "productivity.goal", &row).await;
    }
    run_here(&db).await;
    let week = week(&mut connection).await;
    let told =
        ["goals_created", "goals_completed", "goals_overdue"].map(|column| week[column].as_i64().unwrap());
    assert_eq!(told, [2, 2, 5]);
}

#[tokio::test]
async fn users_count_by_the_days_on_which_they_were_active() {
    let (db, mut connection, tenant) = people().await;
    // Two who came in the week, on its first and in its last instant; one just before, one just after.
    let newcomers = [
        (8, "2026-11-15T00:00:00Z"),
        (9, "2026-11-21T23:59:59.999999Z"),
        (10, "2026-11-14T23:59:59.999999Z"),
        (11, "2026-11-22T00:00:00Z"),
    ];
    for (n, created_at) in newcomers {
        let user = json!({"id": subject_id(tenant, n), "tenant_id": tenant, "created_at": created_at});
        insert(&mut connection, "productivity.app_user", &user).await;
    }
    let days: [(u32, &[u32]); 8] = [
        // Retained, dormant, resurrected (seen only on the day before the week before), and those not counted.
        (1, &[14, 15, 21]),
        (2, &[8]),
        (3, &[7, 15, 16, 17, 18, 19, 20, 21]),
        (4, &[14, 15]),
        (5, &[14]),
        // New, even where he was active before he came; new; resurrected, for he came just before the week.
        (8, &[14, 16]),
        (9, &[21, 22]),
        (10, &[15]),
    ];
    for (user, days) in days {
        for day in days {
            let day = NaiveDate::from_ymd_opt(2026, 11, *day).unwrap();
            let row = json!({
                "tenant_id": tenant, "user_id": subject_id(tenant, user), "day": day, "logins": 1, "sessions": 0,
                "goal_events": 0, "first_at": midnight(day), "last_at": midnight(day),
            });
            insert(&mut connection, "productivity.user_activity_day", &row).await;
        }
    }
    let report = run_here(&db).await;
    assert_eq!(counted(&report)["users"], 5);
    let week = week(&mut connection).await;
    let expected = json!({
        "wau": 5, "new_users": 2, "new_active_users": 2, "retained_users": 1, "resurrected_users": 2,
        "dormant_users": 1, "active_days_histogram": [3, 1, 0, 0, 0, 0, 1],
    });
    for (column, expected) in expected.as_object().unwrap() {
        assert_eq!(&week[column], expected, "{column}");
    }
    assert_eq!(week["quick_ratio"].as_f64(), Some(4.0));
    assert_eq!(
        (&week["completion_rate"], &week["p50_session_seconds"]),
        (&json!(null), &json!(null))
    );
    assert_eq!(week["by_type"], json!({}));
}
