//! Whose reports are due.

use super::*;

#[tokio::test]
async fn only_paying_users_and_trials_that_run_get_a_report() {
    let (db, mut connection, tenant) = app(8).await;
    let as_of = Lifters::as_of();
    let instant = TimeDelta::microseconds(1);
    let ends = |after: TimeDelta| format!("'{}'", as_of + after);
    // Entitlement, verified, end of the trial, disabled.
    let users = [
        ("pro", false, "null".to_owned(), "null".to_owned(), true),
        ("free", true, ends(instant), "null".to_owned(), true),
        ("free", true, ends(TimeDelta::zero()), "null".to_owned(), false),
        ("free", false, ends(TimeDelta::days(9)), "null".to_owned(), false),
        ("free", true, "null".to_owned(), "null".to_owned(), false),
        ("free", true, "'infinity'".to_owned(), "null".to_owned(), true),
        ("pro", false, "null".to_owned(), ends(TimeDelta::zero()), false),
        ("pro", false, "null".to_owned(), ends(instant), true),
    ];
    for (n, (entitlement, verified, trial, disabled, _)) in (1..).zip(&users) {
        let id = subject_id(tenant, n);
        execute(
            &mut connection,
            &format!(
                "update training.app_user set entitlement = '{entitlement}', email_verified = {verified},
                    pro_trial_ends_at = {trial}, disabled_at = {disabled}
                where id = '{id}'"
            ),
        )
        .await;
    }
    run_at(&db, as_of).await;
    let reported: Vec<Uuid> = sqlx::query_scalar("select user_id from training.weekly_report order by 1")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    let expected = (1..)
        .zip(users)
        .filter_map(|(n, (.., is_due))| is_due.then(|| subject_id(tenant, n)));
    assert_eq!(reported, expected.collect::<Vec<_>>());
}

#[tokio::test]
async fn users_of_many_zones_come_in_the_order_of_their_ids_whatever_the_page() {
    let zones = ["Asia/Kolkata", "Asia/Kathmandu", "Asia/Dhaka"];
    // Monday 03:30, 03:45 and 04:00.
    let as_of: DateTime<Utc> = "2026-11-22T22:00:00Z".parse().unwrap();
    for batch_size in [1, 2, 500] {
        let (db, mut connection, tenant) = app(9).await;
        for (n, zone) in (1..=9).zip(zones.iter().cycle()) {
            let id = subject_id(tenant, n);
            let set = format!("update training.app_user set time_zone = '{zone}' where id = '{id}'");
            execute(&mut connection, &set).await;
        }
        let limited = Request {
            limit: Some(4),
            ..invoked(as_of)
        };
        let runner = db.runner(batch_size);
        let answer = runner.run(&WeeklyReport, &limited, None, &mut ()).await;
        assert_eq!(shared::testing::ran(answer.unwrap()).totals.total, 4);
        let reported: Vec<Uuid> = sqlx::query_scalar("select user_id from training.weekly_report order by 1")
            .fetch_all(&mut connection)
            .await
            .unwrap();
        let first: Vec<Uuid> = (1..=4).map(|n| subject_id(tenant, n)).collect();
        assert_eq!(reported, first, "pages of {batch_size}");
        let answer = runner.run(&WeeklyReport, &invoked(as_of), None, &mut ()).await;
        let report = shared::testing::ran(answer.unwrap());
        // The four of whom too little was told come again.
        assert_eq!(
            report.totals.processed,
            5 + report.counters["unchanged"].as_u64().unwrap()
        );
    }
}

#[tokio::test]
async fn users_without_a_zone_have_the_apps_and_where_nobody_knows_it_they_fail_on_monday_by_utc() {
    let (db, mut connection, tenant) = app(4).await;
    let own = format!(
        "update training.app_user set time_zone = null where id = '{}';
         update training.app_user set time_zone = '' where id = '{}';
         update training.app_user set time_zone = ' Mars/Olympus' where id = '{}'",
        subject_id(tenant, 2),
        subject_id(tenant, 3),
        subject_id(tenant, 4)
    );
    execute(&mut connection, &own).await;
    let dry = async |as_of: &str| {
        let request = Request {
            dry_run: true,
            ..invoked(as_of.parse().unwrap())
        };
        db.run(&WeeklyReport, &request).await
    };
    let report = dry("2026-11-23T04:00:00Z").await;
    assert_eq!(
        (report.totals.processed, &report.counters["timezoneFallbacks"]),
        (4, &json!(3))
    );
    execute(
        &mut connection,
        "update platform.tenant set time_zone = 'Asia/Tokyo'",
    )
    .await;
    let report = dry("2026-11-22T19:00:00Z").await;
    assert_eq!(
        (report.totals.processed, &report.counters["timezoneFallbacks"]),
        (3, &json!(3))
    );
    execute(
        &mut connection,
        "update platform.tenant set time_zone = 'Nowhere'",
    )
    .await;
    let report = dry("2026-11-23T04:00:00Z").await;
    assert_eq!(
        (report.status, report.totals.processed, report.totals.failed),
        (Status::Partial, 1, 3)
    );
    let mut said: Vec<&str> = report.errors.iter().map(|error| error.message.as_str()).collect();
    said.sort_unstable();
    assert_eq!(
        said,
        [
            "time zone '' is unknown, and so is the tenant's 'Nowhere'",
            "time zone '' is unknown, and so is the tenant's 'Nowhere'",
            "time zone 'Mars/Olympus' is unknown, and so is the tenant's 'Nowhere'",
        ]
    );
    let catch_up = dry("2026-11-24T06:00:00Z").await;
    assert_eq!((catch_up.totals.total, catch_up.totals.failed), (1, 0));
}
