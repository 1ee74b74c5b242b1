//! Whom the job selects, and whom a limit leaves.

use shared::testing::execute;

use super::*;

/// An app with users of these ids, each of whom trained once, so long before the fixture's clock.
async fn users(trained: &[(u32, TimeDelta)]) -> (TestDb, PgConnection, Uuid) {
    let db = TestDb::new().await;
    let tenant = db.tenant("training", "fit", "UTC").await;
    let mut connection = db.connect().await;
    for (n, ago) in trained {
        let (user, at) = (subject_id(tenant, *n), Lifters::as_of() - *ago);
        execute(
            &mut connection,
            &format!(
                "insert into training.app_user (id, tenant_id, time_zone) values ('{user}', '{tenant}', 'UTC');
                 insert into training.workout (tenant_id, user_id, lifecycle_status, completion_status, start_time)
                 values ('{tenant}', '{user}', 'finalized', 'completed', '{at}')"
            ),
        )
        .await;
    }
    (db, connection, tenant)
}

/// The numbers of the users who have metrics of this clock.
async fn measured(connection: &mut PgConnection, tenant: Uuid, as_of: DateTime<Utc>) -> Vec<u32> {
    let ids: Vec<Uuid> =
        sqlx::query_scalar("select user_id from training.behavior_metric where computed_at = $1 order by 1")
            .bind(as_of)
            .fetch_all(connection)
            .await
            .unwrap();
    let number = |id: &Uuid| (1..100).find(|n| subject_id(tenant, *n) == *id).unwrap();
    ids.iter().map(number).collect()
}

#[tokio::test]
async fn whoever_trained_within_45_days_is_selected_and_the_disabled_are_not() {
    let instant = TimeDelta::microseconds(1);
    let (db, mut connection, tenant) = users(&[
        (1, TimeDelta::zero()),
        (2, TimeDelta::days(30)),
        (3, TimeDelta::days(30) + instant),
        (4, TimeDelta::days(45)),
        (5, TimeDelta::days(45) + instant),
        // Begins in an instant.
        (6, -instant),
        (7, TimeDelta::days(1)),
        (8, TimeDelta::days(1)),
    ])
    .await;
    let as_of = Lifters::as_of();
    let disable = format!(
        "update training.app_user set disabled_at = '{as_of}' where id = '{}';
         update training.app_user set disabled_at = '{}' where id = '{}'",
        subject_id(tenant, 7),
        as_of + instant,
        subject_id(tenant, 8)
    );
    execute(&mut connection, &disable).await;
    assert_eq!(
        counted(&run_at(&db, as_of).await),
        json!({"created": 5, "lapsed": 2})
    );
    assert_eq!(measured(&mut connection, tenant, as_of).await, [1, 2, 3, 4, 8]);
}

#[tokio::test]
async fn whoever_left_metrics_that_say_he_trains_is_measured_once_more_and_no_more_then() {
    let (db, mut connection, tenant) = users(&[(1, TimeDelta::days(1)), (2, TimeDelta::days(20))]).await;
    let as_of = Lifters::as_of();
    assert_eq!(counted(&run_at(&db, as_of).await), json!({"created": 2}));
    let much_later = as_of + TimeDelta::days(60);
    assert_eq!(
        counted(&run_at(&db, much_later).await),
        json!({"created": 1, "lapsed": 1})
    );
    assert_eq!(measured(&mut connection, tenant, much_later).await, [1]);
    assert_eq!(run_at(&db, much_later + TimeDelta::days(1)).await.totals.total, 0);
}

#[tokio::test]
async fn limited_runs_go_round_the_longest_unmeasured_first() {
    let day = TimeDelta::days(1);
    let (db, mut connection, tenant) = users(&[(1, day), (2, day), (3, day), (4, day), (5, day)]).await;
    let limited = async |as_of, limit, batch_size| {
        let request = Request {
            limit: Some(limit),
            ..invoked(as_of)
        };
        let answer = db
            .runner(batch_size)
            .run(&BehaviorMetrics, &request, None, &mut ())
            .await;
        shared::testing::ran(answer.unwrap())
    };
    let mut as_of = Lifters::as_of();
    let mut next = async |limit, batch_size| {
        as_of += TimeDelta::days(1);
        let report = limited(as_of, limit, batch_size).await;
        assert_eq!(report.totals.total, limit.min(5), "{report:?}");
        measured(&mut connection, tenant, as_of).await
    };
    assert_eq!(next(2, 500).await, [1, 2]);
    assert_eq!(next(2, 1).await, [3, 4], "whatever the size of a page");
    assert_eq!(next(2, 1).await, [1, 5], "never measured before");
    assert_eq!(next(3, 2).await, [2, 3, 4]);
    assert_eq!(next(9, 2).await, [1, 2, 3, 4, 5]);
}

/// Without a limit users come in the order of their ids, in the second app too.
#[tokio::test]
async fn without_a_limit_nobody_looks_for_the_oldest_metrics() {
    let (db, mut connection, tenant) = app(3).await;
    let other = db.tenant("training", "zz-other", "UTC").await;
    Lifters::seed(&mut connection, other, 4).await.unwrap();
    let request = Request {
        dry_run: true,
        ..invoked(Lifters::as_of())
    };
    let answer = db.runner(2).run(&BehaviorMetrics, &request, None, &mut ()).await;
    let changes = shared::testing::ran(answer.unwrap()).changes;
    let subjects: Vec<&str> = changes.iter().map(|change| change.subject.as_str()).collect();
    let ours = (1..=3).map(|n| subject_id(tenant, n));
    let expected: Vec<String> = ours
        .chain((1..=4).map(|n| subject_id(other, n)))
        .map(|id| format!("user:{id}"))
        .collect();
    assert_eq!(subjects, expected);
}

/// Whoever has metrics of many dates, and those of an early one are the newest, is measured once all the same.
#[tokio::test]
async fn imported_metrics_have_nobody_measured_twice() {
    let (db, mut connection, _) = app(3).await;
    let as_of = Lifters::as_of();
    for days in 1..=5 {
        run_at(&db, as_of - TimeDelta::days(days)).await;
    }
    let import = format!(
        "update training.behavior_metric set computed_at = '{}' where metrics_date = '2026-11-18'",
        as_of - TimeDelta::hours(1)
    );
    execute(&mut connection, &import).await;
    let request = Request {
        limit: Some(3),
        ..invoked(as_of)
    };
    let answer = db.runner(1).run(&BehaviorMetrics, &request, None, &mut ()).await;
    let report = shared::testing::ran(answer.unwrap());
    assert_eq!(counted(&report), json!({"created": 3}));
}

/// At the same clock again those come first who have no metrics of it, and then the others, once each.
#[tokio::test]
async fn a_limited_run_takes_nobody_twice() {
    let day = TimeDelta::days(1);
    let (db, mut connection, tenant) = users(&[(1, day), (2, day), (3, day), (4, day), (5, day)]).await;
    let as_of = Lifters::as_of();
    let newer = format!(
        "update training.behavior_metric set computed_at = '{}' where user_id = '{}'",
        as_of + TimeDelta::hours(9),
        subject_id(tenant, 1)
    );
    for (batch_size, expected) in [
        (1, json!({"created": 4, "skippedNewer": 1})),
        (2, json!({"unchanged": 4, "skippedNewer": 1})),
        (500, json!({"unchanged": 4, "skippedNewer": 1})),
    ] {
        if expected.get("created").is_some() {
            let first = Request {
                limit: Some(1),
                ..invoked(as_of)
            };
            assert_eq!(
                counted(&db.run(&BehaviorMetrics, &first).await),
                json!({"created": 1})
            );
            execute(&mut connection, &newer).await;
        }
        let request = Request {
            limit: Some(5),
            ..invoked(as_of)
        };
        let runner = db.runner(batch_size);
        let answer = runner.run(&BehaviorMetrics, &request, None, &mut ()).await;
        let report = shared::testing::ran(answer.unwrap());
        assert_eq!(
            (report.totals.total, counted(&report)),
            (5, expected),
            "{batch_size}"
        );
    }
}

/// Who has moved westward has newer metrics of an earlier date than his latest.
#[tokio::test]
async fn the_age_of_metrics_is_that_of_the_run_and_not_of_the_date() {
    let ago = TimeDelta::days(10);
    let (db, mut connection, tenant) = users(&[(1, ago), (2, ago)]).await;
    let as_of = Lifters::as_of();
    run_at(&db, as_of - TimeDelta::days(3)).await;
    let moved = format!(
        "insert into training.behavior_metric
        select (jsonb_populate_record(m, jsonb_build_object(
            'id', gen_random_uuid(), 'metrics_date', m.metrics_date - 1, 'computed_at', m.computed_at + interval '1 hour'
        ))).*
        from training.behavior_metric m where m.user_id = '{}'",
        subject_id(tenant, 1)
    );
    execute(&mut connection, &moved).await;
    let request = Request {
        limit: Some(1),
        ..invoked(as_of)
    };
    db.run(&BehaviorMetrics, &request).await;
    assert_eq!(measured(&mut connection, tenant, as_of).await, [2]);
}
