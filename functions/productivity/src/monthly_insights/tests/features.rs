//! How the parts of the application were used.

use super::*;

async fn features(connection: &mut PgConnection) -> Vec<Value> {
    all(
        connection,
        "select feature, users, events, adoption::text from productivity.feature_usage order by feature",
    )
    .await
}

#[tokio::test]
async fn a_part_is_used_by_distinct_users_and_what_nobody_tracked_is_not_unused() {
    let (db, mut connection, tenant) = company(4).await;
    let untracked =
        |feature: &str| json!({"feature": feature, "users": null, "events": null, "adoption": null});
    let used = |feature: &str, users: i32, events: i32, adoption: &str| json!({"feature": feature, "users": users, "events": events, "adoption": adoption});
    run(&db).await;
    assert_eq!(
        features(&mut connection).await,
        [
            used("breaks", 0, 0, "0.0000"),
            untracked("dashboard_view"),
            untracked("export"),
            used("goals", 0, 0, "0.0000"),
            untracked("settings_change"),
            used("timer", 0, 0, "0.0000"),
        ]
    );
    let [one, two, three, staff] = [1, 2, 3, 4].map(|n| subject_id(tenant, n));
    let given = format!(
        "update productivity.app_user set is_internal = true where id = '{staff}';
        insert into productivity.timer_session (tenant_id, user_id, type, started_at, ended_at, status)
        select '{tenant}', u::uuid, type, at::timestamptz, '2026-11-05Z', 'cancelled' from (values
            ('{one}', 'focus', '2026-10-01Z'), ('{one}', 'custom', '2026-10-31 23:59:59.999999Z'),
            ('{two}', 'pomodoro', '2026-10-10Z'), ('{two}', 'break', '2026-10-10Z'),
            ('{three}', 'focus', '2026-09-30 23:59:59.999999Z'), ('{three}', 'focus', '2026-11-01Z'),
            ('{staff}', 'focus', '2026-10-10Z'), ('{staff}', 'break', '2026-10-10Z')
        ) s (u, type, at);
        insert into productivity.goal (tenant_id, user_id, title, status, created_at, completed_at, deleted_at)
        select '{tenant}', u::uuid, 'Goal', status, made::timestamptz, done::timestamptz, gone::timestamptz from (values
            ('{one}', 'completed', '2026-10-01Z', '2026-10-31 23:59:59.999999Z', null),
            ('{one}', 'completed', '2026-09-01Z', '2026-11-01Z', null),
            ('{two}', 'completed', '2026-09-01Z', '2026-10-01Z', null),
            ('{two}', 'paused', '2026-09-01Z', '2026-10-01Z', null),
            ('{three}', 'completed', '2026-10-01Z', '2026-10-02Z', '2026-10-03Z'),
            ('{staff}', 'completed', '2026-10-01Z', '2026-10-02Z', null)
        ) g (u, status, made, done, gone);
        insert into productivity.activity_event (tenant_id, user_id, name, occurred_at)
        select '{tenant}', u::uuid, name, at::timestamptz from (values
            ('{one}', 'dashboard_view', '2026-10-01Z'), ('{one}', 'dashboard_view', '2026-10-31 23:59:59.999999Z'),
            ('{two}', 'dashboard_view', '2026-11-01Z'), ('{staff}', 'dashboard_view', '2026-10-10Z'),
            ('{two}', 'export', '2026-09-30 23:59:59.999999Z'), ('{three}', 'settings_change', '2026-11-01Z'),
            ('{three}', 'login', '2026-10-10Z')
        ) e (u, name, at)"
    );
    execute(&mut connection, &given).await;
    let report = run(&db).await;
    assert_eq!(counted(&report)["features"], 6);
    assert_eq!(
        features(&mut connection).await,
        [
            used("breaks", 1, 1, "0.3333"),
            used("dashboard_view", 1, 2, "0.3333"),
            // It is tracked, and nobody used it.
            used("export", 0, 0, "0.0000"),
            used("goals", 2, 3, "0.6667"),
            // Nobody tracked it before the end of the month.
            untracked("settings_change"),
            used("timer", 2, 3, "0.6667"),
        ]
    );
}

#[tokio::test]
async fn a_share_of_nobody_and_one_beyond_all_measure_are_not_told() {
    let (db, mut connection, tenant) = company(0).await;
    Users::seed(&mut connection, tenant, 101).await.unwrap();
    execute(
        &mut connection,
        "insert into productivity.timer_session (tenant_id, user_id, started_at, ended_at, status)
        select tenant_id, id, '2026-10-10Z', '2026-10-10Z', 'cancelled' from productivity.app_user;
        delete from productivity.user_activity_day",
    )
    .await;
    let timer = json!({"feature": "timer", "users": 101, "events": 101, "adoption": null});
    run(&db).await;
    assert_eq!(features(&mut connection).await[5], timer, "nobody was active");
    // It was kept from the last day of the month on.
    execute(
        &mut connection,
        "insert into productivity.user_activity_day (tenant_id, user_id, day, first_at, last_at)
        select tenant_id, id, '2026-10-31', now(), now() from productivity.app_user limit 1",
    )
    .await;
    assert_eq!(run(&db).await.totals.failed, 0);
    assert_eq!(
        features(&mut connection).await[5],
        timer,
        "a hundred times those active"
    );
}
