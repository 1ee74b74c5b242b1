//! The window by people's own clocks, what is odd of it, and what of it cannot be stored.

use shared::report::Status;

use super::*;

const AS_OF: &str = "2026-11-22T12:00:00Z";

#[tokio::test]
async fn a_window_is_told_by_everyones_own_clock() {
    let db = TestDb::new().await;
    let tenant = db.tenant("productivity", "acme", "Asia/Tokyo").await;
    let mut connection = db.connect().await;
    for (n, zone, kind, rating) in [
        (1, "Mars/Olympus", "focus", json!(5)),
        (2, "America/New_York", "focus", json!(4)),
        (3, "Asia/Kathmandu", "custom", json!(null)),
        (4, "UTC", "pomodoro", json!(4)),
    ] {
        let user = subject_id(tenant, n);
        insert_user(&mut connection, tenant, user, zone).await;
        let session = json!({"type": kind, "productivity_rating": rating, "pause_count": n});
        insert_session(
            &mut connection,
            tenant,
            user,
            instant("2026-11-22T07:50:00Z"),
            1500,
            &session,
        )
        .await;
        let goal = json!({
            "tenant_id": tenant, "user_id": user, "title": "Thesis", "status": "completed", "due_on": "2026-11-24",
            "completed_at": "2026-11-22T11:30:00Z", "created_at": "2026-11-01T00:00:00Z",
        });
        insert(&mut connection, "productivity.goal", &goal).await;
    }
    execute(
        &mut connection,
        "update productivity.goal set completed_at = '2026-11-22 03:00Z'",
    )
    .await;
    let report = run_at(&db, "2026-11-22T06:00:00Z").await;
    assert_eq!(counted(&report), json!({"rowsWritten": 1}), "only goals");
    // Late in the evening of the 21st in New York.
    let timing = "select goal_timing_median_days as days from productivity.behavior_insight order by window_start desc limit 1";
    assert_eq!(one(&mut connection, timing).await, json!({"days": 2.0}));

    let report = run_at(&db, AS_OF).await;
    let expected = json!({"sessions": 4, "usersProfiled": 4, "rowsWritten": 5, "timezoneFallbacks": 1});
    assert_eq!(counted(&report), expected);
    let window = one(
        &mut connection,
        "select by_type, mean_pauses, mean_rating, hours, p90_seconds
        from productivity.behavior_insight where sessions > 0",
    )
    .await;
    let mut hours = [0; 24];
    for hour in [16, 2, 13, 7] {
        hours[hour] = 1;
    }
    let expected = json!({
        "by_type": {"focus": 2, "custom": 1, "pomodoro": 1}, "mean_pauses": 2.5, "mean_rating": 4.33, "hours": hours,
        "p90_seconds": 1500,
    });
    assert_eq!(window, expected);
}

/// Sessions of the window, of one minute more than the one before.
async fn work(connection: &mut PgConnection, tenant: Uuid, sessions: i64, seconds: i64) {
    for k in 0..sessions {
        let start = instant("2026-11-22T06:30:00Z") + TimeDelta::minutes(k);
        let user = subject_id(tenant, 1);
        insert_session(
            connection,
            tenant,
            user,
            start,
            seconds,
            &json!({"actual_seconds": seconds}),
        )
        .await;
    }
}

const ODD: &str =
    "select concat_ws(' ', message, score, severity) as odd from productivity.anomaly order by 1";

async fn odd(connection: &mut PgConnection) -> Vec<String> {
    let rows = all(connection, ODD).await;
    rows.iter()
        .map(|row| row["odd"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_window_of_twenty_sessions_is_judged_by_its_like_and_one_of_fewer_is_not() {
    let (db, mut connection, tenant) = company(1).await;
    // Sundays and Saturdays at the same hour: five of 2 sessions each, and what is unlike them.
    for (start, sessions) in [
        ("2026-11-21T06:00:00Z", 2),
        ("2026-11-15T06:00:00Z", 2),
        ("2026-11-14T06:00:00Z", 2),
        ("2026-10-31T06:00:00Z", 2),
        ("2026-09-27T06:00:00Z", 2),
        ("2026-09-26T06:00:00Z", 500),
        ("2026-11-20T06:00:00Z", 500),
        ("2026-11-21T12:00:00Z", 500),
    ] {
        let row = json!({
            "tenant_id": tenant, "window_start": start, "sessions": sessions, "sessions_completed": 1,
            "adherence_base": 0, "adherence_kept": 0, "by_type": {}, "hours": vec![0; 24], "completion_rate": 0.5,
            "computed_at": start,
        });
        insert(&mut connection, "productivity.behavior_insight", &row).await;
    }
    work(&mut connection, tenant, 19, 299).await;
    let few = run_at(&db, AS_OF).await;
    assert_eq!(
        (few.counters["anomalies"].clone(), odd(&mut connection).await),
        (json!(0), vec![])
    );

    work_more(&mut connection, tenant).await;
    let report = run_at(&db, AS_OF).await;
    let expected = [
        "session_length 299, expected about 300 warning",
        "slot_completion_rate 1, expected about 0.5 warning",
        "slot_sessions 20, expected about 2 warning",
    ];
    assert_eq!(odd(&mut connection).await, expected);
    assert_eq!(report.counters["anomalies"], 3);

    execute(
        &mut connection,
        "update productivity.timer_session set actual_seconds = 7201",
    )
    .await;
    execute(
        &mut connection,
        "delete from productivity.behavior_insight where window_start = '2026-09-27 06:00Z'",
    )
    .await;
    run_at(&db, AS_OF).await;
    assert_eq!(
        odd(&mut connection).await,
        ["session_length 7201, expected about 7200 warning"],
        "four are too few"
    );
    execute(
        &mut connection,
        "update productivity.timer_session set actual_seconds = 7200",
    )
    .await;
    run_at(&db, AS_OF).await;
    assert_eq!(odd(&mut connection).await, Vec::<String>::new());

    execute(
        &mut connection,
        "update productivity.timer_session set actual_seconds = 7201",
    )
    .await;
    run_at(&db, AS_OF).await;
    let one_less = "delete from productivity.timer_session where started_at = '2026-11-22 06:30Z'";
    execute(&mut connection, one_less).await;
    run_at(&db, AS_OF).await;
    assert_eq!(odd(&mut connection).await, Vec::<String>::new(), "19 again");
}

/// One more session than 19.
async fn work_more(connection: &mut PgConnection, tenant: Uuid) {
    let start = instant("2026-11-22T06:55:00Z");
    let session = json!({"actual_seconds": 299});
    insert_session(connection, tenant, subject_id(tenant, 1), start, 299, &session).await;
}

#[tokio::test]
async fn what_is_beyond_the_table_is_the_windows_error_and_nobody_elses() {
    let (db, mut connection, tenant) = company(2).await;
    for n in [1, 2] {
        let session = json!({"pause_count": i32::MAX});
        let start = instant("2026-11-22T07:00:00Z");
        insert_session(
            &mut connection,
            tenant,
            subject_id(tenant, n),
            start,
            1500,
            &session,
        )
        .await;
    }
    let report = run_at(&db, AS_OF).await;
    assert_eq!((report.status, report.totals.failed), (Status::Partial, 1));
    assert_eq!(report.errors[0].subject, "window:2026-11-22T06:00:00Z");
    assert_eq!(
        report.errors[0].message,
        "write refused: data exception (SQLSTATE 22003)"
    );
    assert_eq!(counted(&report), json!({"usersProfiled": 2, "rowsWritten": 2}));
}

#[tokio::test]
async fn whom_no_number_counts_has_no_profile() {
    let (db, mut connection, tenant) = company(4).await;
    for n in 1..=4 {
        let start = instant("2026-11-22T07:00:00Z");
        let kind = json!({"type": if n == 4 { "break" } else { "focus" }});
        insert_session(&mut connection, tenant, subject_id(tenant, n), start, 1500, &kind).await;
    }
    for (n, as_it_is) in [
        (1, "role = 'admin'"),
        (2, "status = 'suspended'"),
        (3, "is_internal = true"),
    ] {
        let user = subject_id(tenant, n);
        let update = format!("update productivity.app_user set {as_it_is} where id = '{user}'");
        execute(&mut connection, &update).await;
    }
    let report = run_at(&db, AS_OF).await;
    assert_eq!(
        counted(&report),
        json!({"sessions": 1, "usersProfiled": 1, "rowsWritten": 2})
    );
}

#[tokio::test]
async fn any_difference_is_mended() {
    let (db, mut connection, tenant) = company(1).await;
    for k in 0..6 {
        let start = instant("2026-11-22T06:00:00Z") + TimeDelta::minutes(40) * k;
        insert_session(
            &mut connection,
            tenant,
            subject_id(tenant, 1),
            start,
            1500,
            &json!({}),
        )
        .await;
    }
    run_at(&db, AS_OF).await;
    let state = db.state("productivity").await;
    let damages = [
        ("user_behavior_profile", "sample = 0"),
        ("user_behavior_profile", "preferred_type = null"),
        ("user_behavior_profile", "best_daypart = 'night'"),
        ("user_behavior_profile", "usual_hour = 23"),
        ("user_behavior_profile", "median_seconds = 1"),
        ("user_behavior_profile", "completion_rate = null"),
        ("user_behavior_profile", "break_adherence = 0.1"),
        ("behavior_insight", "sessions = 0"),
        ("behavior_insight", "sessions_completed = 0"),
        ("behavior_insight", "adherence_base = 9"),
        ("behavior_insight", "adherence_kept = 9"),
        ("behavior_insight", "by_type = '{}'"),
        ("behavior_insight", "median_seconds = null"),
        ("behavior_insight", "p90_seconds = null"),
        ("behavior_insight", "completion_rate = null"),
        ("behavior_insight", "break_adherence = null"),
        ("behavior_insight", "mean_pauses = null"),
        ("behavior_insight", "mean_rating = 1"),
        ("behavior_insight", "hours = array_fill(1, '{24}')"),
        ("behavior_insight", "goal_timing_median_days = 1"),
    ];
    for (table, damage) in damages {
        execute(
            &mut connection,
            &format!("update productivity.{table} set {damage}"),
        )
        .await;
        let report = run_at(&db, AS_OF).await;
        assert_eq!(counted(&report)["rowsWritten"], 1, "{damage}");
        assert_eq!(db.state("productivity").await, state, "{damage}");
    }
}
