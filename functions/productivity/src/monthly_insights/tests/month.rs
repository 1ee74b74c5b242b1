//! What is counted in a month, with what just misses being counted.

use super::*;

async fn month(connection: &mut PgConnection) -> Value {
    let row = "select to_jsonb(m) - '{tenant_id,computed_at}'::text[] as month
        from productivity.monthly_insight m where month = '2026-10-01'";
    one(connection, row).await["month"].clone()
}

async fn assert_month(connection: &mut PgConnection, expected: &Value) {
    let month = month(connection).await;
    for (column, expected) in expected.as_object().unwrap() {
        let told = &month[column];
        // Rates are kept with their zeros.
        let is_same = told == expected || told.as_f64().is_some() && told.as_f64() == expected.as_f64();
        assert!(is_same, "{column}: {told}, expected {expected}");
    }
}

async fn insert_session(connection: &mut PgConnection, tenant: Uuid, n: u32, session: [&str; 4]) {
    let [kind, begin, end, status] = session;
    let row = json!({
        "tenant_id": tenant, "id": Uuid::new_v4(), "user_id": subject_id(tenant, n), "type": kind,
        "started_at": format!("2026-{begin}"), "ended_at": format!("2026-{end}"), "status": status,
        "planned_seconds": 1500, "paused_seconds": 0, "pause_count": 0, "notifications_enabled": true,
        "created_at": "2026-10-01Z", "updated_at": "2026-10-01Z",
    });
    insert(connection, "productivity.timer_session", &row).await;
}

async fn insert_day(connection: &mut PgConnection, tenant: Uuid, n: u32, day: &str) {
    let day = format!("2026-{day}");
    let row = json!({
        "tenant_id": tenant, "user_id": subject_id(tenant, n), "day": day, "logins": 1, "sessions": 0,
        "goal_events": 0, "first_at": "2026-10-01Z", "last_at": "2026-10-01Z",
    });
    insert(connection, "productivity.user_activity_day", &row).await;
}

#[tokio::test]
async fn sessions_count_in_the_month_in_which_they_end_and_means_are_of_those_who_were_active() {
    let (db, mut connection, tenant) = company(5).await;
    // All five were active on one day of October; the fifth is of the staff.
    let staff = format!(
        "update productivity.app_user set is_internal = true where id = '{}'",
        subject_id(tenant, 5)
    );
    execute(&mut connection, &staff).await;
    for (user, session) in [
        (1, ["focus", "09-30 23:00Z", "10-01 00:00Z", "completed"]),
        (
            1,
            ["pomodoro", "10-31 23:59Z", "10-31 23:59:59.999999Z", "completed"],
        ),
        (1, ["custom", "10-10 08:00Z", "10-11 08:00Z", "completed"]),
        (2, ["focus", "10-10 08:00Z", "10-10 08:05Z", "cancelled"]),
        (2, ["focus", "10-10 09:00Z", "10-10 09:04:59Z", "expired"]),
        (2, ["focus", "10-10 10:00Z", "10-10 10:00Z", "completed"]),
        // Before, after, a break, and the staff's.
        (
            3,
            ["focus", "09-30 23:00Z", "09-30 23:59:59.999999Z", "completed"],
        ),
        (3, ["focus", "10-31 23:00Z", "11-01 00:00Z", "completed"]),
        (3, ["break", "10-10 08:00Z", "10-10 09:00Z", "completed"]),
        (5, ["focus", "10-10 08:00Z", "10-10 09:00Z", "completed"]),
    ] {
        insert_session(&mut connection, tenant, user, session).await;
    }
    run(&db).await;
    assert_month(
        &mut connection,
        &json!({
            "mau": 4, "sessions_completed": 4, "focus_seconds": 3600 + 59 + 28_800 + 300, "new_users": 0,
            // 3, 1, 0 and 0.
            "avg_sessions_per_active": 1, "median_sessions_per_active": 0.5, "avg_dau": null, "stickiness": null,
        }),
    )
    .await;
    // Who completed sessions on days of which nobody knows is no active user.
    execute(
        &mut connection,
        &format!(
            "delete from productivity.user_activity_day where user_id = '{}'",
            subject_id(tenant, 1)
        ),
    )
    .await;
    run(&db).await;
    assert_month(
        &mut connection,
        &json!({
            "mau": 3, "sessions_completed": 4, "avg_sessions_per_active": 0.33, "median_sessions_per_active": 0,
        }),
    )
    .await;
}

#[tokio::test]
async fn users_come_back_are_lost_and_are_still_there_from_one_month_to_the_next() {
    let (db, mut connection, tenant) = company(6).await;
    execute(&mut connection, "delete from productivity.user_activity_day").await;
    for (user, day) in [
        (1, "09-01"),
        (1, "10-31"), // stayed
        (2, "09-30"), // left
        (3, "08-31"),
        (3, "10-01"), // came back
        (4, "10-15"), // as well, though he came in September: it is not before that month
        (5, "09-01"),
        (5, "11-01"), // left
        (6, "08-31"),
        (6, "11-01"), // was in neither
    ] {
        insert_day(&mut connection, tenant, user, day).await;
    }
    execute(
        &mut connection,
        &format!(
            "update productivity.app_user set created_at = '2026-09-01 00:00Z' where id = '{}'",
            subject_id(tenant, 4)
        ),
    )
    .await;
    run(&db).await;
    assert_month(
        &mut connection,
        &json!({
            "mau": 3, "churned_users": 2, "churn_rate": 0.6667, "retention_rate": 0.3333, "reactivated_users": 1,
            // Gaps of 0, 31, 30, 16, 60 and 61.
            "dormant_users": 3, "seg_churned": 3, "seg_at_risk": 2, "seg_active": 1,
        }),
    )
    .await;
}

#[tokio::test]
async fn days_are_averaged_over_those_that_are_known_and_the_last_one_missing_is_stale() {
    let (db, mut connection, tenant) = company(3).await;
    let day = |day: &str, dau: i32| {
        format!(
            "insert into productivity.daily_metric
            select (jsonb_populate_record(null::productivity.daily_metric, zeroes || jsonb_build_object(
                'tenant_id', '{tenant}', 'day', '{day}', 'dau', {dau}, 'is_final', true, 'computed_at', now()
            ))).*
            from (select jsonb_object_agg(column_name, 0) as zeroes from information_schema.columns
                where table_name = 'daily_metric' and data_type in ('integer', 'bigint')) z"
        )
    };
    for (date, dau) in [
        ("2026-09-30", 100),
        ("2026-10-01", 1),
        ("2026-10-02", 0),
        ("2026-10-03", 1),
        ("2026-11-01", 100),
    ] {
        execute(&mut connection, &day(date, dau)).await;
    }
    assert_eq!(counted(&run(&db).await)["stale"], true);
    // 2 / 3 of a user a day; rounded before, it would be 0.2233 of three.
    assert_month(
        &mut connection,
        &json!({"avg_dau": 0.67, "stickiness": 0.2222, "stale": true}),
    )
    .await;
    execute(&mut connection, &day("2026-10-31", 1300)).await;
    assert_eq!(counted(&run(&db).await)["stale"], json!(null));
    // Most of those 1300 have been deleted since: that is no share of the three who are left.
    assert_month(
        &mut connection,
        &json!({"avg_dau": 325.5, "stickiness": null, "stale": false}),
    )
    .await;
}

#[tokio::test]
async fn what_changed_much_is_told_where_the_month_before_is_known() {
    let (db, mut connection, tenant) = company(0).await;
    Users::seed(&mut connection, tenant, 30).await.unwrap();
    execute(
        &mut connection,
        "delete from productivity.user_activity_day;
        insert into productivity.user_activity_day (tenant_id, user_id, day, first_at, last_at)
        select tenant_id, id, d, d, d from productivity.app_user, unnest(array['2026-09-30', '2026-10-01']::date[]) d;
        delete from productivity.user_activity_day where day = '2026-09-30' and user_id in (
            select id from productivity.app_user order by id limit 10
        );
        insert into productivity.timer_session (tenant_id, user_id, started_at, ended_at, status)
        select tenant_id, user_id, day, day + interval '25 minutes', 'completed' from productivity.user_activity_day",
    )
    .await;
    run(&db).await;
    assert_month(&mut connection, &json!({"insights": []})).await;
    run_at(&db, "2026-10-01T03:00:00Z").await;
    assert_eq!(
        counted(&run(&db).await)["rowsWritten"],
        31,
        "the insights, and the segments before"
    );
    let told = month(&mut connection).await;
    assert_eq!(
        told["insights"][0],
        json!({
            "metric": "mau", "previous": 20, "current": 30, "changePct": 50.0,
            "text": "Active users rose by 50 % to 30 (was 20)",
        })
    );
    assert_eq!(
        told["insights"][2]["text"],
        "Focus time rose by 50 % to 12 h 30 min (was 8 h 20 min)"
    );
}

#[tokio::test]
async fn who_never_had_a_goal_nor_began_a_focus_session_was_never_activated() {
    let (db, mut connection, tenant) = company(10).await;
    execute(&mut connection, "delete from productivity.goal").await;
    let user = |n| subject_id(tenant, n);
    let given = format!(
        "insert into productivity.goal (tenant_id, user_id, title, created_at, deleted_at) values
            ('{tenant}', '{}', 'Deleted', '2026-10-31 23:59:59Z', '2026-10-31 23:59:59Z'),
            ('{tenant}', '{}', 'Later', '2026-11-01Z', null);
        insert into productivity.timer_session (tenant_id, user_id, type, started_at, ended_at, status) values
            ('{tenant}', '{}', 'custom', '2026-10-31 23:59:59Z', null, 'running'),
            ('{tenant}', '{}', 'break', '2026-10-01Z', '2026-10-01Z', 'completed'),
            ('{tenant}', '{}', 'focus', '2026-11-01Z', '2026-11-01Z', 'completed'),
            ('{tenant}', '{}', 'focus', '2025-12-01Z', '2025-12-01Z', 'completed'),
            ('{tenant}', '{}', 'break', '2025-12-01Z', '2025-12-01Z', 'completed'),
            ('{tenant}', '{}', 'focus', '2026-11-01Z', '2026-11-02Z', 'completed');
        insert into productivity.timer_session_archive
        select tenant_id, id, user_id, goal_id, type, started_at, ended_at, planned_seconds, actual_seconds, status,
            paused_at, paused_seconds, pause_count, last_pause_seconds, resumed_at, completion_pct,
            productivity_rating, notifications_enabled, created_at, updated_at, ended_at
        from productivity.timer_session where user_id in ('{}', '{}', '{}');
        delete from productivity.timer_session where id in (select id from productivity.timer_session_archive)",
        user(1), user(6), user(2), user(7), user(8), user(3), user(9), user(10), user(3), user(9), user(10),
    );
    execute(&mut connection, &given).await;
    run(&db).await;
    let begun =
        "select user_id from productivity.user_segment where segment <> 'never_activated' order by user_id";
    let begun: Vec<Value> = all(&mut connection, begun)
        .await
        .iter()
        .map(|row| row["user_id"].clone())
        .collect();
    assert_eq!(begun, [1, 2, 3].map(|n| json!(user(n))));
    assert_month(&mut connection, &json!({"seg_never_activated": 7})).await;
}
